//! An inventory divided by accounts into shards, and what every shard must know of the others.
//!
//! A shard holds all of some accounts. Accounts are divided by halves of the range of their ids, so that an account that
//! grows or comes in changes the shard that it lies in, and no other one.

use super::elsewhere::Elsewhere;
use super::stored::StoredError;
use super::{ComputeResource, Gathered, Inventory, Organization, ResourcePolicies};
use iam::arn::account_of;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Says how much a shard holds before it is divided. One account is never divided
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardSize {
    /// Users and roles
    pub principals: usize,
    /// Bytes of what is stored, before it is compressed
    pub bytes: usize,
}

impl Default for ShardSize {
    /// Returns what one function can load and work out within a second.
    fn default() -> Self {
        Self {
            principals: 5_000,
            bytes: 32 << 20,
        }
    }
}

/// An inventory, divided
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Says what every shard must know of all accounts
    pub common: Common,
    /// The shards in the order of account ids; never empty
    pub shards: Vec<Shard>,
}

/// Holds what a shard must know of the accounts of all shards
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Common {
    /// Accounts, levels and policies of the organization
    pub organization: Option<Organization>,
    /// Policies of resources
    pub resource_policies: Option<ResourcePolicies>,
    /// Names of the roles whose trust policies are known, with their paths: sorted, each with a line feed behind it, by what
    /// is before the first slash of their ARNs. There may be hundreds of thousands, so that they are not texts of their own
    pub roles: BTreeMap<String, String>,
    /// Accounts whose users and roles are known
    pub accounts: BTreeSet<String>,
    /// Actions as policy documents spell them, without wildcard: sorted, each once
    pub actions: Vec<String>,
    /// The issuers that trust policies require in the assertions of identity providers
    pub issuers: BTreeMap<String, BTreeSet<String>>,
    /// Resources that run code, each with its role
    pub running: Vec<Running>,
    /// `aws`, `aws-cn` or `aws-us-gov`
    pub partition: String,
}

/// A resource that runs code with a role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// ARN of the resource
    pub arn: String,
    /// ARN of the role; `None` when no document describes it
    pub role: Option<String>,
}

/// All that is known of some accounts
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The accounts; of a resource, the account that owns it
    pub accounts: BTreeSet<String>,
    /// Says what the shard must know of the users and roles of other shards
    pub elsewhere: Elsewhere,
    /// Users, groups, roles and managed policies, last accesses, credentials and compute resources of these accounts; neither
    /// organization nor policies of resources, which are in the common part
    pub inventory: Inventory,
}

impl Inventory {
    /// Divides the inventory by accounts.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn divide(self, size: ShardSize) -> Result<Division, StoredError> {
        let mut gathered = Gathered::default();
        gathered.add(self);
        gathered.divide(size)?.all()
    }
}

/// Says how much an account brings into a shard
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) principals: usize,
    pub(super) bytes: usize,
}

/// Returns the accounts of each shard, in the order of account ids; one shard when there is no account.
pub(super) fn groups_of<'a>(
    weights: impl Iterator<Item = (&'a str, Weight)>,
    size: ShardSize,
) -> Vec<BTreeSet<String>> {
    let mut accounts: Vec<((u64, String), Weight)> =
        weights.map(|(account, weight)| (key(account), weight)).collect();
    accounts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut groups = Vec::new();
    halve(&accounts, (0, u64::MAX), size, &mut groups);
    if groups.is_empty() {
        groups.push(BTreeSet::new());
    }
    groups
}

/// Divides accounts in the range of ids by halves until each part is small enough, or one account.
fn halve(
    accounts: &[((u64, String), Weight)],
    (start, end): (u64, u64),
    size: ShardSize,
    groups: &mut Vec<BTreeSet<String>>,
) {
    if accounts.is_empty() {
        return;
    }
    let sum = accounts.iter().fold(Weight::default(), |sum, (_, one)| Weight {
        principals: sum.principals.saturating_add(one.principals),
        bytes: sum.bytes.saturating_add(one.bytes),
    });
    let fits = sum.principals <= size.principals && sum.bytes <= size.bytes;
    if fits || accounts.len() == 1 || start >= end {
        groups.push(accounts.iter().map(|((_, account), _)| account.clone()).collect());
        return;
    }
    let middle = start.saturating_add(end.saturating_sub(start) / 2);
    let half = accounts.partition_point(|((number, _), _)| *number <= middle);
    let (low, high) = accounts.split_at(half);
    halve(low, (start, middle), size, groups);
    halve(high, (middle.saturating_add(1), end), size, groups);
}

/// Spreads ids over the whole range, so that halves of the range are halves of usual ids.
fn key(account: &str) -> (u64, String) {
    const SPREAD: u64 = u64::MAX / 1_000_000_000_000;
    let number: u64 = account.parse().unwrap_or(0);
    (number.saturating_mul(SPREAD), account.to_owned())
}

/// Returns the account in whose shard a compute resource is: the account of the role that it runs with.
pub(super) fn home_of(resource: &ComputeResource, roles: &HashSet<String>) -> String {
    let role = resource.role.as_ref().filter(|role| roles.contains(*role));
    role.map_or_else(
        || resource.account().to_owned(),
        |role| account_of(role).to_owned(),
    )
}

/// Returns the number of bytes in which a thing is stored.
pub(super) fn bytes(thing: &impl Serialize) -> usize {
    postcard::serialize_with_flavor(thing, postcard::ser_flavors::Size::default()).unwrap_or(0)
}
