//! Deletes an access policy: a read, then one transaction under the version that was read.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use jiff::Timestamp;
use model::access_policies::{DeleteAccessPolicy, ResourceKind};
use model::account::AccountId;

use super::{ATTEMPTS, AccessPolicies, Deleted, kept_changing, resource_key};
use crate::StoreError;
use crate::client_token::{self, Claim, Earlier, Written};
use crate::item::number;

/// Place of the stripe in the transaction.
const STRIPE: usize = 1;

impl AccessPolicies {
    /// Deletes an access policy with its tags. No client token goes with it: its own makes the repetition succeed, and
    /// that of its creation keeps a late repetition from creating it anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete(
        &self,
        account: &AccountId,
        unwanted: &DeleteAccessPolicy,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        let id = &unwanted.id;
        let claim = self.claim(account, unwanted, now);
        // The stripes of a portal or project are deleted with it, and its access policies stay.
        let mut is_parent_gone = false;
        for _ in 0..ATTEMPTS {
            let Some(found) = self.versioned(account, id).await? else {
                return self.before_or(claim.as_ref(), Deleted::Unknown).await;
            };
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(resource_key(account, ResourceKind::AccessPolicy, id)))
                .condition_expression("version = :read")
                .expression_attribute_values(":read", number(found.version))
                .build()?;
            let mut items = vec![TransactWriteItem::builder().delete(delete).build()];
            if let Some(stripe) = found.stripe
                && !is_parent_gone
            {
                items.push(self.one_less(account, &found.policy.resource, stripe)?);
            }
            match client_token::write(&self.client, items, claim.as_ref(), id.as_str()).await? {
                Written::Now => return Ok(Deleted::Done),
                Written::Before(earlier) => return Ok(earlier.into()),
                Written::Refused(refused) => is_parent_gone = refused.at(STRIPE).is_some(),
            }
        }
        Err(kept_changing())
    }

    /// Returns the answer to a request about something that is not there: that of an earlier request under the same
    /// client token, or else `unknown`.
    pub(super) async fn before_or<T: From<Earlier>>(
        &self,
        claim: Option<&Claim<'_>>,
        unknown: T,
    ) -> Result<T, StoreError> {
        let earlier = match claim {
            Some(claim) => claim.earlier(&self.client).await?,
            None => None,
        };
        Ok(earlier.map_or(unknown, T::from))
    }
}
