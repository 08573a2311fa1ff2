//! Replacing an access policy: read, then one transaction under the version that was read.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;
use model::access_policies::{AccessPolicy, Id, ResourceKind, UpdateAccessPolicy, to_milliseconds};
use model::account::AccountId;

use super::{ATTEMPTS, AccessPolicies, Counter, Updated, kept_changing, parent, places, resource_key};
use crate::StoreError;
use crate::client_token::{self, Written};
use crate::item::{number, number_of};

/// Place of the new parent in the transaction.
const PARENT: usize = 0;

/// A policy and the version under which it may be changed.
pub(super) struct Versioned {
    pub(super) policy: AccessPolicy,
    pub(super) version: i64,
}

impl AccessPolicies {
    /// Replaces identity, resource and permission; tags stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn update(
        &self,
        account: &AccountId,
        wanted: &UpdateAccessPolicy,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let claim = self.claim(
            account,
            UpdateAccessPolicy::OPERATION,
            wanted.client_token.as_ref(),
            &wanted.canonical(),
            now,
        );
        for _ in 0..ATTEMPTS {
            let Some(found) = self.versioned(account, &wanted.id).await? else {
                return self.before_or(claim.as_ref(), Updated::Unknown).await;
            };
            let items = self.replacement(account, wanted, &found, now)?;
            match client_token::write(&self.client, items, claim.as_ref(), wanted.id.as_str()).await? {
                Written::Now => return Ok(Updated::Done),
                Written::Before(earlier) => return Ok(earlier.into()),
                Written::Refused(refused) if refused.at(PARENT).is_some() => {
                    return Ok(Updated::UnknownParent);
                }
                Written::Refused(_) => {}
            }
        }
        Err(kept_changing())
    }

    fn replacement(
        &self,
        account: &AccountId,
        wanted: &UpdateAccessPolicy,
        found: &Versioned,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let (kind, parent) = parent(&wanted.resource);
        let places = places(&wanted.id, &wanted.identity, &wanted.resource)
            .into_iter()
            .map(|(name, place)| (format!(":{name}"), place));
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(resource_key(
                account,
                ResourceKind::AccessPolicy,
                &wanted.id,
            )))
            .update_expression(
                "SET #identity = :identity, #resource = :resource, #permission = :permission, \
                 updatedAt = :now, byIdentity = :byIdentity, byParent = :byParent, byGrant = :byGrant, \
                 version = :next",
            )
            .condition_expression("version = :read")
            .set_expression_attribute_values(Some(places.collect()))
            .expression_attribute_names("#identity", "identity")
            .expression_attribute_names("#resource", "resource")
            .expression_attribute_names("#permission", "permission")
            .expression_attribute_values(":identity", serde_dynamo::to_attribute_value(&wanted.identity)?)
            .expression_attribute_values(":resource", serde_dynamo::to_attribute_value(&wanted.resource)?)
            .expression_attribute_values(
                ":permission",
                serde_dynamo::to_attribute_value(wanted.permission)?,
            )
            .expression_attribute_values(":now", serde_dynamo::to_attribute_value(to_milliseconds(now))?)
            .expression_attribute_values(":read", number(found.version))
            .expression_attribute_values(":next", number(found.version.saturating_add(1)));
        let mut items = vec![
            self.check_exists(account, kind, parent)?,
            TransactWriteItem::builder().update(update.build()?).build(),
        ];
        let before = &found.policy.resource;
        // The counter has no kind in its key: a portal and a project with one id, of which at most one exists, share it, and a
        // transaction may name an item once.
        if before.parts().1 != wanted.resource.parts().1 {
            items.push(self.count_one_less(account, &Counter::PoliciesOn(before))?);
            // Without a limit: no answer of this operation could tell that it was reached.
            items.push(self.count_one_more(account, &Counter::PoliciesOn(&wanted.resource), 0)?);
        }
        Ok(items)
    }

    pub(super) async fn versioned(
        &self,
        account: &AccountId,
        id: &Id,
    ) -> Result<Option<Versioned>, StoreError> {
        let Some(item) = self.item(account, ResourceKind::AccessPolicy, id).await? else {
            return Ok(None);
        };
        let version = number_of(&item, "version")
            .ok_or_else(|| StoreError::Unreadable("an access policy without its version".into()))?;
        let policy = serde_dynamo::from_item(item)?;
        Ok(Some(Versioned { policy, version }))
    }
}
