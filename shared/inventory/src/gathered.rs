//! Gathers what documents say, account by account. It is compressed until a shard is made of it.
//!
//! An import of a large organization holds one document and one shard at a time as they are; of everything else it holds the
//! compressed form, and what the common part needs.

mod neighbours;
mod outline;

use super::managed_policies::{self, Completed};
use super::shard::{Common, Division, Shard, ShardSize, Weight, bytes, groups_of, home_of};
use super::stored::{StoredError, pack, unpack};
use super::{
    Compute, CredentialReport, Inventory, LastAccessed, ManagedPolicy, Organization, ResourcePolicies,
};
use iam::arn::account_of;
use neighbours::Neighbours;
use outline::Outline;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Holds what documents say; they are added one after another
#[derive(Debug, Default)]
pub struct Gathered {
    accounts: BTreeMap<String, OfAccount>,
    /// Managed policies of AWS, which are in the details of every account
    of_aws: BTreeMap<String, ManagedPolicy>,
    outline: Outline,
    organization: Option<Organization>,
    resource_policies: Option<ResourcePolicies>,
    compute: Option<Compute>,
    tracks_usage: bool,
    /// The day of the newest report, without its users; none without reports
    credentials: Option<CredentialReport>,
    counts: Gathering,
    /// The error, when a document could not be compressed
    failed: Option<StoredError>,
}

/// Says how much was gathered
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gathering {
    /// The number of users
    pub users: usize,
    /// The number of groups
    pub groups: usize,
    /// The number of roles
    pub roles: usize,
    /// The number of managed policies
    pub policies: usize,
    /// The number of policies of resources
    pub resource_policies: usize,
}

/// Says what is known of one account
#[derive(Debug, Default)]
struct OfAccount {
    /// Says what each document says, compressed
    fragments: Vec<Vec<u8>>,
    weight: Weight,
    /// Says whether the account has a user, group, role or policy
    has_entities: bool,
}

/// Everything that was gathered, to be taken shard by shard
#[derive(Debug)]
pub struct Divided {
    /// Says what every shard must know of all accounts
    pub common: Common,
    neighbours: Neighbours,
    accounts: BTreeMap<String, OfAccount>,
    of_aws: BTreeMap<String, ManagedPolicy>,
    shards: Vec<BTreeSet<String>>,
    compute: Option<Vec<Compute>>,
    tracks_usage: bool,
    credentials: Option<CredentialReport>,
    counts: Gathering,
}

impl Gathered {
    /// Takes in what a document says. Of a managed policy of AWS, the one that was taken in last is in force.
    pub fn add(&mut self, inventory: Inventory) {
        let mut by_account: BTreeMap<String, Inventory> = BTreeMap::new();
        let Inventory {
            details,
            resource_policies,
            organization,
            last_accessed,
            credentials,
            compute,
        } = inventory;
        self.counts.users = self.counts.users.saturating_add(details.users.len());
        self.counts.groups = self.counts.groups.saturating_add(details.groups.len());
        self.counts.roles = self.counts.roles.saturating_add(details.roles.len());
        for user in details.users {
            self.outline.user(&user);
            self.weigh(&user.arn, 1, bytes(&user));
            of(&mut by_account, &user.arn).details.users.push(user);
        }
        for group in details.groups {
            self.outline.group(&group);
            self.weigh(&group.arn, 0, bytes(&group));
            of(&mut by_account, &group.arn).details.groups.push(group);
        }
        for role in details.roles {
            self.outline.role(&role);
            self.weigh(&role.arn, 1, bytes(&role));
            of(&mut by_account, &role.arn).details.roles.push(role);
        }
        for policy in details.policies {
            if account_of(&policy.arn) == "aws" {
                self.of_aws.insert(policy.arn.clone(), policy);
                continue;
            }
            self.counts.policies = self.counts.policies.saturating_add(1);
            self.outline.document(&policy.document);
            self.weigh(&policy.arn, 0, bytes(&policy));
            of(&mut by_account, &policy.arn).details.policies.push(policy);
        }
        if let Some(report) = last_accessed {
            self.tracks_usage = true;
            for (arn, services) in report.entities {
                let own = of(&mut by_account, &arn).last_accessed.get_or_insert_default();
                own.entities.insert(arn, services);
            }
        }
        if let Some(report) = credentials {
            let newest = self.credentials.get_or_insert_default();
            newest.as_of = newest.as_of.max(report.as_of);
            for (arn, user) in report.users {
                let own = of(&mut by_account, &arn).credentials.get_or_insert_default();
                own.users.insert(arn, user);
            }
        }
        if let Some(found) = compute {
            let all = self.compute.get_or_insert_default();
            all.collected.extend(found.collected);
            all.resources.extend(found.resources);
        }
        if let Some(found) = resource_policies {
            let all = self.resource_policies.get_or_insert_default();
            all.collected.extend(found.collected);
            all.policies.extend(found.policies);
            all.resources.extend(found.resources);
        }
        self.organization = organization.or(self.organization.take());
        for (account, inventory) in by_account {
            let own = self.accounts.entry(account).or_default();
            match pack(&inventory) {
                Ok(fragment) => own.fragments.push(fragment),
                Err(error) => self.failed = Some(error),
            }
        }
    }

    fn weigh(&mut self, arn: &str, principals: usize, bytes: usize) {
        let own = match self.accounts.get_mut(account_of(arn)) {
            Some(own) => own,
            None => self.accounts.entry(account_of(arn).to_owned()).or_default(),
        };
        own.has_entities = true;
        own.weight.principals = own.weight.principals.saturating_add(principals);
        own.weight.bytes = own.weight.bytes.saturating_add(bytes);
    }

    /// Adds the managed policies of AWS that users, groups and roles have and no document holds; `None` when nothing was
    /// added.
    #[must_use]
    pub fn complete(&mut self) -> Option<Completed> {
        let held = self.of_aws.keys().map(String::as_str).collect();
        let attached = self.outline.attached.iter().map(String::as_str);
        let (completed, policies) = managed_policies::missing(attached, &held)?;
        let policies = policies.into_iter().map(|policy| (policy.arn.clone(), policy));
        self.of_aws.extend(policies);
        Some(completed)
    }

    /// Joins everything into one inventory.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub(super) fn whole(self) -> Result<Inventory, StoredError> {
        let of_aws: Vec<ManagedPolicy> = self.of_aws.values().cloned().collect();
        let everything = ShardSize {
            principals: usize::MAX,
            bytes: usize::MAX,
        };
        let mut inventory = self.divide(everything)?.all()?.joined();
        // Policies that are attached to nobody belong to the inventory, too.
        inventory.details.policies.extend(of_aws);
        inventory.sort();
        Ok(inventory)
    }

    /// Divides everything by accounts.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn divide(mut self, size: ShardSize) -> Result<Divided, StoredError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        for policy in self.of_aws.values() {
            self.outline.document(&policy.document);
        }
        if let Some(all) = &mut self.resource_policies {
            all.policies
                .sort_by(|one, other| one.resource.cmp(&other.resource));
            all.resources.sort_by(|one, other| one.arn.cmp(&other.arn));
            all.collected.sort();
            all.collected.dedup();
            all.findings.clear();
        }
        if let Some(organization) = &mut self.organization {
            organization.findings.clear();
        }
        if let Some(compute) = &mut self.compute {
            compute.collected.sort();
            compute.collected.dedup();
            compute.resources.sort_by(|one, other| one.arn.cmp(&other.arn));
            self.outline.give_roles(compute);
        }
        let policies = self.resource_policies.iter().flat_map(|all| &all.policies);
        for policy in policies.clone() {
            self.accounts.entry(policy.account.clone()).or_default();
        }
        let mut counts = self.counts;
        counts.resource_policies = policies.count();
        counts.policies = counts.policies.saturating_add(self.of_aws.len());
        let compute = self.compute.iter();
        let collected = compute.clone().flat_map(|one| &one.collected);
        let resources = compute.flat_map(|one| &one.resources);
        let of_compute = collected.map(|one| one.account.as_str());
        for account in of_compute.chain(resources.map(super::ComputeResource::account)) {
            self.accounts.entry(account.to_owned()).or_default();
        }
        let weights = self.accounts.iter();
        let shards = groups_of(weights.map(|(account, own)| (account.as_str(), own.weight)), size);
        let compute = self.compute.take();
        let running = compute.iter().flat_map(|compute| &compute.resources);
        let roles: HashSet<String> = self.outline.roles.keys().cloned().collect();
        let (common, neighbours) = self
            .outline
            .common(self.organization, self.resource_policies, running);
        Ok(Divided {
            common,
            neighbours,
            accounts: self.accounts,
            of_aws: self.of_aws,
            compute: compute.map(|compute| dealt(compute, &shards, &roles)),
            shards,
            tracks_usage: self.tracks_usage,
            credentials: self.credentials,
            counts,
        })
    }
}

impl Divided {
    /// Returns how many shards there are: at least one.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Returns how much there is in all shards together.
    #[must_use]
    pub const fn counts(&self) -> Gathering {
        self.counts
    }

    /// Returns the accounts that have a user, group, role or policy of their own.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let own = self.accounts.iter().filter(|(_, own)| own.has_entities);
        own.map(|(account, _)| account.as_str())
    }

    /// Returns the number of the shard of each account.
    #[must_use]
    pub fn homes(&self) -> HashMap<&str, usize> {
        homes(&self.shards)
    }

    /// Reads a shard from its compressed form. A number without a shard gives an empty shard.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn shard(&self, number: usize) -> Result<Shard, StoredError> {
        let mut inventory = Inventory {
            last_accessed: self.tracks_usage.then(LastAccessed::default),
            credentials: self.credentials.clone(),
            compute: self
                .compute
                .as_ref()
                .map(|compute| compute.get(number).cloned().unwrap_or_default()),
            ..Inventory::default()
        };
        let accounts = self.shards.get(number).cloned().unwrap_or_default();
        for account in &accounts {
            for fragment in self.fragments(account) {
                inventory.take_in(unpack(fragment)?);
            }
        }
        self.add_attached(&mut inventory, &accounts)?;
        inventory.sort();
        let elsewhere = self.neighbours.elsewhere(&accounts, &inventory, &self.common);
        Ok(Shard {
            accounts,
            elsewhere,
            inventory,
        })
    }

    /// Reads all shards at once.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn all(self) -> Result<Division, StoredError> {
        let shards = (0..self.shards()).map(|number| self.shard(number));
        Ok(Division {
            shards: shards.collect::<Result<_, _>>()?,
            common: self.common,
        })
    }

    fn fragments(&self, account: &str) -> impl Iterator<Item = &Vec<u8>> {
        let own = self.accounts.get(account);
        own.into_iter().flat_map(|own| &own.fragments)
    }

    /// Adds policies of AWS, and whatever else is attached across accounts, to each shard where they are attached.
    fn add_attached(
        &self,
        inventory: &mut Inventory,
        accounts: &BTreeSet<String>,
    ) -> Result<(), StoredError> {
        let details = &inventory.details;
        let users = details
            .users
            .iter()
            .flat_map(|one| one.attached.iter().chain(&one.boundary));
        let groups = details.groups.iter().flat_map(|one| &one.attached);
        let roles = details
            .roles
            .iter()
            .flat_map(|one| one.attached.iter().chain(&one.boundary));
        let attached: BTreeSet<&String> = users.chain(groups).chain(roles).collect();
        let mut found: Vec<ManagedPolicy> = Vec::new();
        let mut elsewhere: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for arn in attached {
            match (self.of_aws.get(arn), account_of(arn)) {
                (Some(policy), _) => found.push(policy.clone()),
                (None, home) if !accounts.contains(home) => {
                    elsewhere.entry(home).or_default().insert(arn);
                }
                (None, _) => {}
            }
        }
        for (home, wanted) in elsewhere {
            for fragment in self.fragments(home) {
                let policies = unpack::<Inventory>(fragment)?.details.policies.into_iter();
                found.extend(policies.filter(|policy| wanted.contains(&policy.arn)));
            }
        }
        inventory.details.policies.extend(found);
        Ok(())
    }
}

fn of<'i>(by_account: &'i mut BTreeMap<String, Inventory>, arn: &str) -> &'i mut Inventory {
    by_account.entry(account_of(arn).to_owned()).or_default()
}

fn homes(shards: &[BTreeSet<String>]) -> HashMap<&str, usize> {
    let mut homes = HashMap::new();
    for (number, accounts) in shards.iter().enumerate() {
        homes.extend(accounts.iter().map(|account| (account.as_str(), number)));
    }
    homes
}

/// Divides compute resources among the shards: each goes where its role is.
fn dealt(compute: Compute, shards: &[BTreeSet<String>], roles: &HashSet<String>) -> Vec<Compute> {
    let homes = homes(shards);
    let mut dealt = vec![Compute::default(); shards.len()];
    let home = |account: &str| homes.get(account).copied().unwrap_or(0);
    for one in compute.collected {
        if let Some(own) = dealt.get_mut(home(&one.account)) {
            own.collected.push(one);
        }
    }
    for resource in compute.resources {
        if let Some(own) = dealt.get_mut(home(&home_of(&resource, roles))) {
            own.resources.push(resource);
        }
    }
    dealt
}
