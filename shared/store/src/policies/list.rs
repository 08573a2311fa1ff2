//! Lists policies, without their permissions.

use std::collections::HashSet;

use model::account::AccountId;
use model::policies::PolicySummary;

use super::Policies;
use crate::StoreError;
use crate::item::{text, text_of};

impl Policies {
    /// Returns all policies of the account, by name, then id, in the order of code points; strongly consistent.
    ///
    /// An account has at most a few hundred, whose summaries fit one answer of the database, so that searching and
    /// counting them is cheaper here than there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summaries(&self, account: &AccountId) -> Result<Vec<PolicySummary>, StoreError> {
        let versions = self.versions(account).await?;
        Ok(versions.into_iter().map(|(summary, _)| summary).collect())
    }

    /// Returns the policies that a sub account holds, in the same order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn held_by(
        &self,
        account: &AccountId,
        sub_account: &str,
    ) -> Result<Vec<PolicySummary>, StoreError> {
        let prefix = format!("HELD#{sub_account}#");
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :held)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":held", text(&prefix))
            .into_paginator()
            .items()
            .send();
        let mut held = HashSet::new();
        while let Some(item) = items.next().await {
            let item = item?;
            held.extend(
                text_of(&item, "sk")
                    .and_then(|sk| sk.strip_prefix(&prefix))
                    .map(str::to_owned),
            );
        }
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut summaries = self.summaries(account).await?;
        summaries.retain(|summary| held.contains(&summary.policy_id));
        Ok(summaries)
    }
}
