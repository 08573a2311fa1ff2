//! Deletes a policy that nobody holds.

use aws_sdk_dynamodb::types::{Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use model::account::AccountId;
use model::policies::{IfMatch, PolicyType};

use super::{Policies, Refusal, holders_key, is_storable, may_change, policy_key, refusal, user_created_key};
use crate::StoreError;
use crate::item::{number, text};
use crate::transaction;

/// The outcome of an attempt to delete a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The policy is deleted.
    Now,
    /// There is no such policy.
    Unknown,
    /// The policy is not the caller's to delete.
    SystemManaged,
    /// The policy has none of the versions that the caller named.
    OtherVersion,
    /// Somebody holds it.
    Attached,
}

/// Places of the items in the transaction.
const POLICY: usize = 0;
const HOLDERS: usize = 1;

impl Policies {
    /// Deletes a policy, unless somebody holds it; the number of holders is part of the same transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete(
        &self,
        account: &AccountId,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<Deleted, StoreError> {
        if !is_storable(id) {
            return Ok(Deleted::Unknown);
        }
        let (may_change, values) = may_change(if_match);
        let policy = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(policy_key(account, id)))
            .condition_expression(may_change)
            .set_expression_attribute_values(Some(values))
            .expression_attribute_values(":user_created", text(PolicyType::UserCreated.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        let holders = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(holders_key(account, id)))
            .condition_expression("holders = :none")
            .expression_attribute_values(":none", number(0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        let user_created = Update::builder()
            .table_name(&self.table)
            .set_key(Some(user_created_key(account)))
            .update_expression("ADD policies :less")
            .expression_attribute_values(":less", number(-1))
            .build()?;
        let items = vec![
            TransactWriteItem::builder().delete(policy).build(),
            TransactWriteItem::builder().delete(holders).build(),
            TransactWriteItem::builder().update(user_created).build(),
        ];
        let Err(refused) = transaction::write(&self.client, items, None).await? else {
            return Ok(Deleted::Now);
        };
        let about_policy = refused.at(POLICY).map(|found| refusal(found, if_match));
        Ok(match about_policy.transpose()?.flatten() {
            Some(Refusal::Unknown) => Deleted::Unknown,
            Some(Refusal::SystemManaged) => Deleted::SystemManaged,
            Some(Refusal::OtherVersion) => Deleted::OtherVersion,
            None => match refused.at(HOLDERS) {
                Some(found) if found.is_empty() => Deleted::Unknown,
                _ => Deleted::Attached,
            },
        })
    }
}
