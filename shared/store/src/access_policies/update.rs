//! Replaces an access policy: a read, then one transaction under the version that was read.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use jiff::Timestamp;
use model::access_policies::{AccessPolicy, Id, ResourceKind, UpdateAccessPolicy, to_milliseconds};
use model::account::AccountId;

use super::stripes::{Room, Stripe};
use super::{ATTEMPTS, AccessPolicies, Updated, kept_changing, places, resource_key};
use crate::StoreError;
use crate::client_token::{self, Written};
use crate::item::{number, number_of};

/// Places of the stripes in the transaction: of the resource on which the access policy will stand, and of the one on
/// which it stood.
const NEXT: usize = 0;
const FORMER: usize = 2;

const SET: &str = "SET #identity = :identity, #resource = :resource, #permission = :permission, \
    updatedAt = :now, byIdentity = :byIdentity, byParent = :byParent, byGrant = :byGrant, version = :next";

/// A policy and the version under which it may be changed.
pub(super) struct Versioned {
    pub(super) policy: AccessPolicy,
    pub(super) version: i64,
    /// Says what counts it; `None` when it was moved to a resource that was full.
    pub(super) stripe: Option<Stripe>,
}

impl AccessPolicies {
    /// Replaces identity, resource and permission; tags stay. On another resource the access policy is one of the `limit`
    /// that the resource may have, unless these are there already: then it is not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn update(
        &self,
        account: &AccountId,
        wanted: &UpdateAccessPolicy,
        limit: u32,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let claim = self.claim(account, wanted, now);
        // A refusal is about the version that was read: another update may have moved the access policy, which may
        // itself fill a resource and leave it again.
        let mut known_room: Option<(i64, Room)> = None;
        let mut without_former_parent: Option<i64> = None;
        for _ in 0..ATTEMPTS {
            let Some(found) = self.versioned(account, &wanted.id).await? else {
                return self.before_or(claim.as_ref(), Updated::Unknown).await;
            };
            let former = found
                .stripe
                .filter(|_| without_former_parent != Some(found.version));
            let stays = found.policy.resource == wanted.resource;
            let room = known_room.filter(|(version, _)| *version == found.version);
            let room = room.map_or(Room::In(Stripe::of(&wanted.id, limit)), |(_, room)| room);
            let next = if stays { found.stripe } else { room.stripe() };
            let mut items = vec![
                match next {
                    Some(stripe) if !stays => self.one_more(account, &wanted.resource, stripe, limit)?,
                    Some(stripe) => self.check_stripe(account, &wanted.resource, stripe)?,
                    None => self.check_stripe(account, &wanted.resource, Stripe::of(&wanted.id, 0))?,
                },
                self.replacement(account, wanted, &found, next, now)?,
            ];
            if let Some(former) = former
                && !stays
            {
                items.push(self.one_less(account, &found.policy.resource, former)?);
            }
            let refused =
                match client_token::write(&self.client, items, claim.as_ref(), wanted.id.as_str()).await? {
                    Written::Now => return Ok(Updated::Done),
                    Written::Before(earlier) => return Ok(earlier.into()),
                    Written::Refused(refused) => refused,
                };
            match refused.at(NEXT) {
                None => {}
                Some(missing) if missing.is_empty() => {
                    let is_there = self.make_stripes(account, &wanted.resource).await?;
                    if !is_there {
                        return Ok(Updated::UnknownParent);
                    }
                }
                Some(_full) => match self.room(account, &wanted.resource, &wanted.id, limit).await? {
                    Room::NoParent => return Ok(Updated::UnknownParent),
                    room @ (Room::In(_) | Room::Nowhere) => known_room = Some((found.version, room)),
                },
            }
            without_former_parent = refused.at(FORMER).map(|_| found.version);
        }
        Err(kept_changing())
    }

    fn replacement(
        &self,
        account: &AccountId,
        wanted: &UpdateAccessPolicy,
        found: &Versioned,
        stripe: Option<Stripe>,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
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
            .update_expression(match stripe {
                Some(_) => format!("{SET}, stripe = :stripe"),
                None => format!("{SET} REMOVE stripe"),
            })
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
        let update = match stripe {
            Some(stripe) => update.expression_attribute_values(":stripe", number(stripe.number())),
            None => update,
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
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
        let stripe = Stripe::in_item(&item);
        let policy = serde_dynamo::from_item(item)?;
        Ok(Some(Versioned {
            policy,
            version,
            stripe,
        }))
    }
}
