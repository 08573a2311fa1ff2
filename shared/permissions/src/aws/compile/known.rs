//! Holds what a snapshot is compiled from: a whole inventory, or one shard with what it must know of the other shards.

use crate::aws::data::ClosedRoles;
use foldhash::HashSet;
use iam::arn::account_of;
use iam::document::Document;
use inventory::{
    AuthorizationDetails, Common, Elsewhere, Inventory, NamedPrincipal, Organization, ResourcePolicies, Shard,
};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of an inventory that a snapshot is compiled from
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Users, groups, roles and all that belongs to them
    pub(super) own: &'a Inventory,
    pub(super) organization: Option<&'a Organization>,
    pub(super) resource_policies: Option<&'a ResourcePolicies>,
    /// Says what a shard must know of all accounts; absent for a whole inventory, as what follows
    common: Option<&'a Common>,
    /// The accounts of the shard, and what it must know of the users and roles of the others
    shard: Option<(&'a BTreeSet<String>, &'a Elsewhere)>,
}

impl<'a> From<&'a Inventory> for Known<'a> {
    fn from(whole: &'a Inventory) -> Self {
        Self {
            own: whole,
            organization: whole.organization.as_ref(),
            resource_policies: whole.resource_policies.as_ref(),
            common: None,
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
            common: Some(common),
            shard: Some((&shard.accounts, &shard.elsewhere)),
        }
    }

    pub(super) const fn details(&self) -> &'a AuthorizationDetails {
        &self.own.details
    }

    /// Returns what a shard must know of all accounts; `None` when there are no other shards.
    pub(super) const fn common(&self) -> Option<&'a Common> {
        self.common
    }

    /// Returns whether rows that resources of the account grant to external principals belong here.
    pub(super) fn owns(&self, account: &str) -> bool {
        self.shard.is_none_or(|(accounts, _)| accounts.contains(account))
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
        users
            .chain(roles)
            .chain(groups)
            .map(|arn| account_of(arn))
            .collect()
    }

    /// Returns the trust policies of roles: those of this shard, and those of others that may let in somebody of this shard.
    pub(super) fn trusts(&self) -> impl Iterator<Item = (&'a str, &'a Document)> {
        let own = self.details().roles.iter();
        let own = own.filter_map(|role| Some((role.arn.as_str(), role.trust.as_ref()?)));
        let others = self.elsewhere().flat_map(|elsewhere| {
            let roles = elsewhere.roles.iter();
            roles.filter_map(|role| Some((role.arn.as_str(), elsewhere.trust(role)?)))
        });
        own.chain(others)
    }

    /// Returns the issuers that trust policies require in the assertions of each identity provider.
    pub(super) fn issuers(&self) -> BTreeMap<String, BTreeSet<String>> {
        match self.common() {
            Some(common) => common.issuers.clone(),
            None => inventory::issuers(self.trusts().map(|(_, trust)| trust)),
        }
    }

    /// Returns the users and roles of other shards that policies of this one may name.
    pub(super) fn named_elsewhere(&self) -> impl Iterator<Item = &'a NamedPrincipal> {
        self.elsewhere().flat_map(|elsewhere| &elsewhere.named)
    }

    fn elsewhere(&self) -> impl Iterator<Item = &'a Elsewhere> {
        self.shard.into_iter().map(|(_, elsewhere)| elsewhere)
    }

    /// Returns the names of the roles of other shards, of which the trust policies are known.
    pub(super) fn closed_roles(&self) -> ClosedRoles {
        let Some(common) = self.common() else {
            return ClosedRoles::default();
        };
        ClosedRoles::new(&common.roles, |account| !self.owns(account))
    }

    /// Returns the roles of other shards that somebody of this shard may act as, or that run code, in the order of their
    /// ARNs.
    pub(super) fn other_roles(&self) -> Vec<Box<str>> {
        let trusted = self.elsewhere().flat_map(|elsewhere| &elsewhere.roles);
        let trusted = trusted.map(|role| role.arn.as_str());
        let running = self.running_elsewhere().filter_map(|(_, role)| role);
        let others: BTreeSet<&str> = trusted.chain(running).collect();
        let others = others.into_iter().filter(|arn| !self.owns(account_of(arn)));
        others.map(Into::into).collect()
    }

    /// Returns the resources of other shards that run code, each with the ARN of its role.
    pub(super) fn other_running(&self) -> Vec<(Box<str>, Option<Box<str>>)> {
        let others = self.running_elsewhere();
        others
            .map(|(arn, role)| (arn.into(), role.map(Into::into)))
            .collect()
    }

    fn running_elsewhere(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let compute = self.own.compute.iter().flat_map(|compute| &compute.resources);
        let own: HashSet<&str> = compute.map(|one| one.arn.as_str()).collect();
        let running = self.common().into_iter().flat_map(|common| &common.running);
        let others = running.filter(move |one| !own.contains(one.arn.as_str()));
        others.map(|one| (one.arn.as_str(), one.role.as_deref()))
    }
}
