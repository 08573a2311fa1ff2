//! Creates an access policy: one transaction with its token and with the stripe that counts it and says that its parent
//! exists.

use jiff::Timestamp;
use model::access_policies::{AccessPolicy, CreateAccessPolicy, Id, ResourceKind, Tags, to_milliseconds};
use model::account::AccountId;

use super::stripes::{Room, Stripe};
use super::{ATTEMPTS, AccessPolicies, Created, created_before, kept_changing, places};
use crate::StoreError;
use crate::client_token::{self, Claim, Written};
use crate::item::{Item, number};

/// Places of the items in the transaction.
const STRIPE: usize = 0;
const POLICY: usize = 1;

/// Says how many ids are tried. None has ever been taken twice.
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
        let claim = self.claim(account, new, now);
        for _ in 0..IDS {
            let policy = AccessPolicy {
                id: mint(),
                identity: new.identity.clone(),
                resource: new.resource.clone(),
                permission: new.permission,
                created_at: to_milliseconds(now),
                updated_at: to_milliseconds(now),
            };
            let created = self.create_as(account, &policy, &new.tags, limit, claim.as_ref());
            if let Some(created) = created.await? {
                return Ok(created);
            }
        }
        Err(StoreError::Unavailable(
            "the ids of a new access policy are taken".into(),
        ))
    }

    /// Creates the access policy in any stripe that has room; `None` when its id is taken.
    async fn create_as(
        &self,
        account: &AccountId,
        policy: &AccessPolicy,
        tags: &Tags,
        limit: u32,
        claim: Option<&Claim<'_>>,
    ) -> Result<Option<Created>, StoreError> {
        let (id, resource) = (&policy.id, &policy.resource);
        let mut stripe = Stripe::of(id, limit);
        for _ in 0..ATTEMPTS {
            let mut item: Item = serde_dynamo::to_item(policy)?;
            item.extend(places(id, &policy.identity, resource));
            item.insert("version".to_owned(), number(1));
            item.insert("stripe".to_owned(), number(stripe.number()));
            let items = vec![
                self.one_more(account, resource, stripe, limit)?,
                self.put(account, (ResourceKind::AccessPolicy, id), item, tags)?,
            ];
            let refused = match client_token::write(&self.client, items, claim, id.as_str()).await? {
                Written::Now => return Ok(Some(Created::As(id.clone()))),
                Written::Before(earlier) => return created_before(&earlier).map(Some),
                Written::Refused(refused) => refused,
            };
            match refused.at(STRIPE) {
                None if refused.at(POLICY).is_some() => return Ok(None),
                None => {}
                Some(missing) if missing.is_empty() => {
                    let is_there = self.make_stripes(account, resource).await?;
                    if !is_there {
                        return Ok(Some(Created::UnknownParent));
                    }
                }
                Some(_full) => match self.room(account, resource, id, limit).await? {
                    Room::In(other) => stripe = other,
                    Room::Nowhere => return Ok(Some(Created::TooMany)),
                    Room::NoParent => return Ok(Some(Created::UnknownParent)),
                },
            }
        }
        Err(kept_changing())
    }
}
