//! Holds what a snapshot is compiled from: a whole inventory, or one shard with what it must know of the other shards.

use super::account;
use foldhash::HashSet;
use iam::document::Document;
use inventory::{AuthorizationDetails, Common, Inventory, Organization, ResourcePolicies, Shard};
use std::collections::BTreeSet;

/// The parts of an inventory that a snapshot is compiled from
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Users, groups, roles and all that belongs to them
    pub(super) own: &'a Inventory,
    pub(super) organization: Option<&'a Organization>,
    pub(super) resource_policies: Option<&'a ResourcePolicies>,
    /// Says what a shard must know of all accounts, and which accounts are its own; absent for a whole inventory
    shard: Option<(&'a Common, &'a BTreeSet<String>)>,
}

impl<'a> From<&'a Inventory> for Known<'a> {
    fn from(whole: &'a Inventory) -> Self {
        Self {
            own: whole,
            organization: whole.organization.as_ref(),
            resource_policies: whole.resource_policies.as_ref(),
            shard: None,
        }
    }
}

impl<'a> Known<'a> {
    pub(super) const fn of_shard(common: &'a Common, shard: &'a Shard) -> Self {
        Self {
            own: &shard.inventory,
            organization: common.organization.as_ref(),
            resource_policies: common.resource_policies.as_ref(),
            shard: Some((common, &shard.accounts)),
        }
    }

    pub(super) const fn details(&self) -> &'a AuthorizationDetails {
        &self.own.details
    }

    /// Returns what a shard must know of all accounts; `None` when there are no other shards.
    pub(super) fn common(&self) -> Option<&'a Common> {
        self.shard.map(|(common, _)| common)
    }

    /// Returns whether rows that resources of the account grant to external principals belong here.
    pub(super) fn owns(&self, account: &str) -> bool {
        self.shard.is_none_or(|(_, accounts)| accounts.contains(account))
    }

    pub(super) fn partition(&self) -> &'a str {
        if let Some(common) = self.common() {
            return &common.partition;
        }
        let details = self.details();
        let users = details.users.iter().map(|user| user.arn.as_str());
        let roles = details.roles.iter().map(|role| role.arn.as_str());
        let first = users.chain(roles).next();
        first.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
    }

    /// Returns the accounts whose users and roles are known, here or in other shards.
    pub(super) fn loaded(&self) -> Vec<&'a str> {
        if let Some(common) = self.common() {
            return common.accounts.iter().map(String::as_str).collect();
        }
        let details = self.details();
        let users = details.users.iter().map(|one| &one.arn);
        let roles = details.roles.iter().map(|one| &one.arn);
        let groups = details.groups.iter().map(|one| &one.arn);
        users.chain(roles).chain(groups).map(|arn| account(arn)).collect()
    }

    /// Returns the trust policies of roles, here and in other shards.
    pub(super) fn trusts(&self) -> Vec<(&'a str, &'a Document)> {
        if let Some(common) = self.common() {
            let roles = common.roles.iter().filter_map(|role| {
                let number = usize::try_from(role.trust?).ok()?;
                Some((role.arn.as_str(), common.trusts.get(number)?))
            });
            return roles.collect();
        }
        let roles = self.details().roles.iter();
        roles
            .filter_map(|role| Some((role.arn.as_str(), role.trust.as_ref()?)))
            .collect()
    }

    /// Returns the roles of other shards in the order of their ARNs, whether their trust policy is known or not.
    pub(super) fn other_roles(&self) -> Vec<Box<str>> {
        let Some((common, accounts)) = self.shard else {
            return Vec::new();
        };
        let others = common
            .roles
            .iter()
            .filter(|role| !accounts.contains(account(&role.arn)));
        let mut others: Vec<Box<str>> = others.map(|role| role.arn.as_str().into()).collect();
        others.sort_unstable();
        others
    }

    /// Returns the resources of other shards that run code, each with the ARN of its role.
    pub(super) fn other_running(&self) -> Vec<(Box<str>, Option<Box<str>>)> {
        let Some(common) = self.common() else {
            return Vec::new();
        };
        let compute = self.own.compute.iter().flat_map(|compute| &compute.resources);
        let own: HashSet<&str> = compute.map(|one| one.arn.as_str()).collect();
        let others = common
            .running
            .iter()
            .filter(|one| !own.contains(one.arn.as_str()));
        others
            .map(|one| (one.arn.as_str().into(), one.role.as_deref().map(Into::into)))
            .collect()
    }
}
