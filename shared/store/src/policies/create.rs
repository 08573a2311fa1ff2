//! Creates a policy in one transaction, so that the limit holds when others create at the same time.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use model::account::AccountId;
use model::policies::PolicyType;

use super::{Content, Policies, by_name, holders_key, policy_key, user_created_key};
use crate::StoreError;
use crate::item::{number, text};
use crate::transaction;

/// The outcome of an attempt to create a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The policy is stored, with version 1.
    New,
    /// The account has as many as it may have.
    TooMany,
}

/// Place of the counter in the transaction.
const USER_CREATED: usize = 2;

impl Policies {
    /// Creates a policy of the caller under a new id, unless the account has `limit` already.
    ///
    /// # Errors
    /// [`StoreError`]; also when the id is taken, since new ids are random.
    pub async fn create(
        &self,
        account: &AccountId,
        id: &str,
        content: Content<'_>,
        limit: u32,
    ) -> Result<Created, StoreError> {
        let policy = Put::builder()
            .table_name(&self.table)
            .set_item(Some(policy_key(account, id)))
            .item("policyName", text(content.name))
            .item("policyDesc", text(content.description))
            .item("policyType", text(PolicyType::UserCreated.as_str()))
            .item("permissions", text(content.permissions))
            .item("version", number(1))
            .item("byName", text(by_name(content.name, id)))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let holders = Put::builder()
            .table_name(&self.table)
            .set_item(Some(holders_key(account, id)))
            .item("holders", number(0))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let user_created = Update::builder()
            .table_name(&self.table)
            .set_key(Some(user_created_key(account)))
            .update_expression("ADD policies :one")
            .condition_expression("attribute_not_exists(policies) OR policies < :limit")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(limit))
            .build()?;
        let items = vec![
            TransactWriteItem::builder().put(policy).build(),
            TransactWriteItem::builder().put(holders).build(),
            TransactWriteItem::builder().update(user_created).build(),
        ];
        match transaction::write(&self.client, items, None).await? {
            Ok(()) => Ok(Created::New),
            Err(refused) if refused.at(USER_CREATED).is_some() => Ok(Created::TooMany),
            Err(_) => Err(StoreError::Unavailable("the id of a new policy is taken".into())),
        }
    }
}
