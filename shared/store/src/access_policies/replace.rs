//! Replaces the members of a portal or a project, in one write. Its tags and counters stay.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;
use model::access_policies::{Id, ResourceKind, to_milliseconds};
use model::account::AccountId;

use super::{AccessPolicies, Updated, resource_key};
use crate::StoreError;
use crate::client_token::{self, Claim, Written};
use crate::item::Item;

impl AccessPolicies {
    /// Returns the update that sets the attributes that are said, and removes those that are `optional` and not said.
    pub(super) fn set(
        &self,
        account: &AccountId,
        (kind, id): (ResourceKind, &Id),
        said: Item,
        optional: &[&str],
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let removed: Vec<&str> = optional
            .iter()
            .filter(|name| !said.contains_key(**name))
            .copied()
            .collect();
        // The writes have one order, so that equal requests make equal writes.
        let mut said: Vec<(String, _)> = said.into_iter().collect();
        said.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let sets: Vec<String> = said
            .iter()
            .map(|(name, _)| format!("#{name} = :{name}"))
            .collect();
        let mut expression = format!("SET {}, updatedAt = :now", sets.join(", "));
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(resource_key(account, kind, id)))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":now", serde_dynamo::to_attribute_value(to_milliseconds(now))?);
        for (name, value) in said {
            update = update
                .expression_attribute_names(format!("#{name}"), &name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        if !removed.is_empty() {
            let names: Vec<String> = removed.iter().map(|name| format!("#{name}")).collect();
            expression = format!("{expression} REMOVE {}", names.join(", "));
        }
        for name in removed {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let update = update.update_expression(expression).build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Makes the update, once for each client token.
    pub(super) async fn replaced(
        &self,
        claim: Option<&Claim<'_>>,
        update: TransactWriteItem,
        id: &Id,
    ) -> Result<Updated, StoreError> {
        let written = client_token::write(&self.client, vec![update], claim, id.as_str()).await?;
        Ok(match written {
            Written::Now => Updated::Done,
            Written::Before(earlier) => earlier.into(),
            Written::Refused(_) => Updated::Unknown,
        })
    }
}
