//! Counts the access policies on a portal or a project, by several counters side by side.
//!
//! `DynamoDB` lets one transaction at a time touch an item, so that creations under one counter wait for each other.
//! Here each touches one of sixteen counters, the stripes. Each stripe has its share of the limit: when no stripe goes
//! above its share, their sum does not go above the limit. An access policy remembers the stripe that counts it, so that
//! its deletion frees a place there.
//!
//! The stripes are made and deleted with the portal or project. So the condition that a stripe exists says that the
//! portal or project exists, and no creation touches the item of the portal or project itself.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use model::access_policies::{Id, Resource, ResourceKind};
use model::account::AccountId;

use super::AccessPolicies;
use crate::StoreError;
use crate::item::{Item, key, number, number_of, text, text_of};
use crate::transaction;

/// Says how many counters a portal or a project has. With its own item and a client token, its deletion stays well
/// inside the hundred items of a transaction.
const STRIPES: u32 = 16;

/// Place of the parent in the transaction that makes its stripes.
const PARENT: usize = 0;

/// The number of one of the counters of a portal or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stripe(u32);

impl Stripe {
    /// Returns the stripe that counts an access policy of this id, as long as there is room in it.
    pub(super) fn of(id: &Id, limit: u32) -> Self {
        let used = if limit == 0 { STRIPES } else { limit.min(STRIPES) };
        // The end of an id is random.
        let end = id.as_str().bytes().rev().filter(|byte| *byte != b'-').take(4);
        let random = end.fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        });
        Self(random % used)
    }

    /// Returns how many access policies it may count, so that all of them count `limit`; `None` for any number.
    fn share(self, limit: u32) -> Option<u32> {
        let rest = u32::from(self.0 < limit % STRIPES);
        (limit > 0).then(|| limit / STRIPES + rest)
    }

    /// Returns the stripe that an item of an access policy names; `None` when none counts it.
    pub(super) fn in_item(item: &Item) -> Option<Self> {
        number_of(item, "stripe").and_then(|number| Some(Self(u32::try_from(number).ok()?)))
    }

    pub(super) fn number(self) -> u32 {
        self.0
    }

    fn key(self, account: &AccountId, resource: &Resource) -> Item {
        key(account.as_str(), format!("{}{:02}", all_of(resource), self.0))
    }
}

/// Returns what the sort keys of all stripes of a portal or project begin with.
fn all_of(resource: &Resource) -> String {
    let (kind, id) = resource.parts();
    format!("COUNT#POLICIES#{kind}#{id}#")
}

/// Says where an access policy can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room in this stripe.
    In(Stripe),
    /// There is room in no stripe, because all of them are full.
    Nowhere,
    /// The portal or project does not exist.
    NoParent,
}

impl Room {
    pub(super) fn stripe(self) -> Option<Stripe> {
        match self {
            Self::In(stripe) => Some(stripe),
            Self::Nowhere | Self::NoParent => None,
        }
    }
}

impl AccessPolicies {
    /// Returns the stripes of a new portal or project.
    pub(super) fn new_stripes(
        &self,
        account: &AccountId,
        resource: &Resource,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let put = |stripe| {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(Stripe(stripe).key(account, resource)))
                .item("n", number(0))
                .condition_expression("attribute_not_exists(pk)")
                .build()?;
            Ok(TransactWriteItem::builder().put(put).build())
        };
        (0..STRIPES).map(put).collect()
    }

    /// Makes the stripes of a portal or project of an earlier release, which has none; whether there is such a portal or
    /// project. What stood on it before takes no place.
    pub(super) async fn make_stripes(
        &self,
        account: &AccountId,
        resource: &Resource,
    ) -> Result<bool, StoreError> {
        let (kind, id) = match resource {
            Resource::Portal(id) => (ResourceKind::Portal, id),
            Resource::Project(id) => (ResourceKind::Project, id),
        };
        let mut items = vec![self.check_exists(account, kind, id)?];
        items.extend(self.new_stripes(account, resource)?);
        let written = transaction::write(&self.client, items, Some(PARENT)).await?;
        // When the stripes exist already, another call was faster.
        Ok(written.err().is_none_or(|refused| refused.at(PARENT).is_none()))
    }

    /// Returns the end of the stripes of a portal or project.
    pub(super) fn without_stripes(
        &self,
        account: &AccountId,
        resource: &Resource,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let delete = |stripe| {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(Stripe(stripe).key(account, resource)))
                .build()?;
            Ok(TransactWriteItem::builder().delete(delete).build())
        };
        (0..STRIPES).map(delete).collect()
    }

    /// Checks that a portal or project exists, without a touch of its item.
    pub(super) fn check_stripe(
        &self,
        account: &AccountId,
        resource: &Resource,
        stripe: Stripe,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(stripe.key(account, resource)))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Counts one more, if the portal or project exists and the stripe has room. When it is refused, the
    /// item shows which of the two did not hold.
    pub(super) fn one_more(
        &self,
        account: &AccountId,
        resource: &Resource,
        stripe: Stripe,
        limit: u32,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(stripe.key(account, resource)))
            .update_expression("ADD n :one")
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        update = match stripe.share(limit) {
            None => update.condition_expression("attribute_exists(pk)"),
            Some(share) => update
                .condition_expression("attribute_exists(pk) AND n < :share")
                .expression_attribute_values(":share", number(share)),
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Counts one less, if the portal or project still exists.
    pub(super) fn one_less(
        &self,
        account: &AccountId,
        resource: &Resource,
        stripe: Stripe,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(stripe.key(account, resource)))
            .update_expression("ADD n :less")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":less", number(-1))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Returns where another access policy can be counted, after `refused` had no room. Strongly consistent.
    pub(super) async fn room(
        &self,
        account: &AccountId,
        resource: &Resource,
        id: &Id,
        limit: u32,
    ) -> Result<Room, StoreError> {
        let all_of = all_of(resource);
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :all)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":all", text(&all_of))
            .send()
            .await?;
        if found.items().is_empty() {
            return Ok(Room::NoParent);
        }
        let has_room = |item: &Item| {
            let number = text_of(item, "sk")?.strip_prefix(&all_of)?.parse().ok()?;
            let (stripe, n) = (Stripe(number), number_of(item, "n")?);
            let is_free = stripe.share(limit).is_none_or(|share| n < i64::from(share));
            is_free.then_some(stripe)
        };
        let free: Vec<Stripe> = found.items().iter().filter_map(has_room).collect();
        // Calls that look at the same time should not all take the same stripe.
        let choice = Stripe::of(id, u32::try_from(free.len()).unwrap_or(STRIPES));
        let chosen = usize::try_from(choice.0).ok().and_then(|place| free.get(place));
        Ok(chosen.map_or(Room::Nowhere, |stripe| Room::In(*stripe)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn the_shares_of_all_stripes_are_the_limit(limit in 1_u32..5000, id in any::<u128>()) {
            let shares = (0..STRIPES).map(|stripe| Stripe(stripe).share(limit).unwrap());
            prop_assert_eq!(shares.sum::<u32>(), limit);
            let first = Stripe::of(&Id::from(Uuid::from_u128(id)), limit);
            prop_assert!(first.share(limit).unwrap() > 0);
        }
    }

    #[test]
    fn ids_of_one_moment_spread_over_all_stripes() {
        let stripes: std::collections::HashSet<u32> = (0..1000)
            .map(|id| Stripe::of(&Id::from(Uuid::from_u128(id)), 0).number())
            .collect();
        assert_eq!(stripes.len(), 16);
    }
}
