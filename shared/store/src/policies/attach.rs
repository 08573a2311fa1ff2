//! Attaches and detaches policies. Each change is one transaction with the number of holders, so that no policy is
//! deleted while somebody gets it.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use model::account::AccountId;

use super::{Policies, held_key, holders_key, is_storable};
use crate::StoreError;
use crate::item::number;
use crate::transaction;

/// The outcome of an attempt to attach a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// The sub account holds it from now on.
    Now,
    /// The sub account held it before.
    Before,
    /// There is no such policy.
    Unknown,
}

/// The outcome of an attempt to detach a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detached {
    /// The sub account holds it no longer.
    Now,
    /// The sub account did not hold it.
    Unknown,
}

/// Place of the number of holders in the transactions.
const HOLDERS: usize = 1;

impl Policies {
    /// Lets a sub account hold a policy.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attach(
        &self,
        account: &AccountId,
        sub_account: &str,
        id: &str,
    ) -> Result<Attached, StoreError> {
        if !is_storable(id) {
            return Ok(Attached::Unknown);
        }
        let held = Put::builder()
            .table_name(&self.table)
            .set_item(Some(held_key(account, sub_account, id)))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let items = vec![
            TransactWriteItem::builder().put(held).build(),
            self.count_holders(account, id, 1)?,
        ];
        Ok(match transaction::write(&self.client, items, None).await? {
            Ok(()) => Attached::Now,
            Err(refused) if refused.at(HOLDERS).is_some() => Attached::Unknown,
            Err(_) => Attached::Before,
        })
    }

    /// Takes a policy from a sub account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn detach(
        &self,
        account: &AccountId,
        sub_account: &str,
        id: &str,
    ) -> Result<Detached, StoreError> {
        if !is_storable(id) {
            return Ok(Detached::Unknown);
        }
        let held = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(held_key(account, sub_account, id)))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        let items = vec![
            TransactWriteItem::builder().delete(held).build(),
            self.count_holders(account, id, -1)?,
        ];
        Ok(match transaction::write(&self.client, items, None).await? {
            Ok(()) => Detached::Now,
            Err(_) => Detached::Unknown,
        })
    }

    fn count_holders(
        &self,
        account: &AccountId,
        id: &str,
        change: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let holders = Update::builder()
            .table_name(&self.table)
            .set_key(Some(holders_key(account, id)))
            .update_expression("ADD holders :change")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":change", number(change))
            .build()?;
        Ok(TransactWriteItem::builder().update(holders).build())
    }
}
