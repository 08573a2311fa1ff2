//! Reads which sub accounts of an account hold which policies.

use model::account::AccountId;
use model::policies::PolicySummary;

use super::{BY_NAME, Policies, holders_key, is_storable, read_summary, read_version};
use crate::StoreError;
use crate::item::{number_of, text, text_of};

/// A sub account holds a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// The id of the sub account.
    pub sub_account: String,
    /// The policy's id.
    pub policy_id: String,
}

const HELD: &str = "HELD#";

impl Policies {
    /// Returns every holding of the account, by sub account, then policy; strongly consistent. A request for each MiB,
    /// which is about ten thousand of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn holdings(&self, account: &AccountId) -> Result<Vec<Holding>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :held)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":held", text(HELD))
            .projection_expression("sk")
            .into_paginator()
            .items()
            .send();
        let mut holdings = Vec::new();
        while let Some(item) = items.next().await {
            let item = item?;
            let held = text_of(&item, "sk").and_then(|sk| sk.strip_prefix(HELD));
            // The id of a sub account has no such character, the id of a policy may have one.
            if let Some((sub_account, policy_id)) = held.and_then(|held| held.split_once('#')) {
                holdings.push(Holding {
                    sub_account: sub_account.to_owned(),
                    policy_id: policy_id.to_owned(),
                });
            }
        }
        Ok(holdings)
    }

    /// Returns the sub accounts that hold a policy, in the order of their ids; strongly consistent. `None` when there
    /// is no such policy. A policy that somebody holds takes the requests of [`Policies::holdings`], because holdings
    /// are sorted by sub account.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attached_sub_accounts(
        &self,
        account: &AccountId,
        id: &str,
    ) -> Result<Option<Vec<String>>, StoreError> {
        if !is_storable(id) {
            return Ok(None);
        }
        let counted = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(holders_key(account, id)))
            .consistent_read(true)
            .send()
            .await?;
        let Some(counted) = counted.item else {
            return Ok(None);
        };
        if number_of(&counted, "holders") == Some(0) {
            return Ok(Some(Vec::new()));
        }
        let holdings = self.holdings(account).await?.into_iter();
        let of_policy = holdings.filter(|holding| holding.policy_id == id);
        Ok(Some(of_policy.map(|holding| holding.sub_account).collect()))
    }

    /// Returns all policies of the account with their versions, which show whether one has changed; strongly
    /// consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn versions(&self, account: &AccountId) -> Result<Vec<(PolicySummary, u64)>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_NAME)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(account.as_str()))
            .into_paginator()
            .items()
            .send();
        let mut versions = Vec::new();
        while let Some(item) = items.next().await {
            let item = item?;
            versions.push((read_summary(&item)?, read_version(&item)?));
        }
        Ok(versions)
    }
}
