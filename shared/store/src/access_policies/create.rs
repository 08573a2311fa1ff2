//! A new access policy: one transaction with its parent, its token and the number of its siblings.

use jiff::Timestamp;
use model::access_policies::{AccessPolicy, CreateAccessPolicy, Id, ResourceKind, to_milliseconds};
use model::account::AccountId;

use super::{AccessPolicies, Counter, Created, created_before, parent, places};
use crate::StoreError;
use crate::client_token::{self, Written};
use crate::item::{Item, number};

/// Places of the items in the transaction.
const PARENT: usize = 0;
const POLICY: usize = 1;

/// How many ids are tried. None has ever been taken twice.
const IDS: u32 = 3;

impl AccessPolicies {
    /// Creates an access policy under an id of `mint`, unless its resource has `limit` of them already; 0 is no limit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create(
        &self,
        account: &AccountId,
        new: &CreateAccessPolicy,
        mint: impl Fn() -> Id,
        limit: u32,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let claim = self.claim(
            account,
            CreateAccessPolicy::OPERATION,
            new.client_token.as_ref(),
            &new.canonical(),
            now,
        );
        let (kind, parent) = parent(&new.resource);
        for _ in 0..IDS {
            let policy = AccessPolicy {
                id: mint(),
                identity: new.identity.clone(),
                resource: new.resource.clone(),
                permission: new.permission,
                created_at: to_milliseconds(now),
                updated_at: to_milliseconds(now),
            };
            let id = &policy.id;
            let mut item: Item = serde_dynamo::to_item(&policy)?;
            item.extend(places(id, &policy.identity, &policy.resource));
            item.insert("version".to_owned(), number(1));
            let items = vec![
                self.check_exists(account, kind, parent)?,
                self.put(account, (ResourceKind::AccessPolicy, id), item, &new.tags)?,
                self.count_one_more(account, &Counter::PoliciesOn(&new.resource), limit)?,
            ];
            match client_token::write(&self.client, items, claim.as_ref(), id.as_str()).await? {
                Written::Now => return Ok(Created::As(policy.id)),
                Written::Before(earlier) => return created_before(&earlier),
                Written::Refused(refused) if refused.at(PARENT).is_some() => {
                    return Ok(Created::UnknownParent);
                }
                Written::Refused(refused) if refused.at(POLICY).is_some() => {}
                Written::Refused(_) => return Ok(Created::TooMany),
            }
        }
        Err(StoreError::Unavailable(
            "the ids of a new access policy are taken".into(),
        ))
    }
}
