//! An inventory divided by accounts into shards, and what every shard must know of the others.
//!
//! A shard holds all of some accounts. Accounts are divided by halves of the range of their ids, so that an account that
//! grows or comes in changes the shard that it lies in, and no other one.

use super::{
    AuthorizationDetails, Compute, ComputeResource, CredentialReport, Inventory, LastAccessed, Organization,
    ResourcePolicies,
};
use iam::arn::Arn;
use iam::document::{Document, Element, PrincipalName};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How much a shard holds before it is divided; one account is never divided
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardSize {
    /// Users and roles
    pub principals: usize,
    /// Bytes of what is stored, before it is compressed
    pub bytes: usize,
}

impl Default for ShardSize {
    /// What one function loads and works out within a second.
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
    /// What every shard must know of all accounts
    pub common: Common,
    /// In the order of account ids; never empty
    pub shards: Vec<Shard>,
}

/// What a shard must know of the accounts of all shards
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Common {
    /// Accounts, levels and policies of the organization
    pub organization: Option<Organization>,
    /// Policies of resources
    pub resource_policies: Option<ResourcePolicies>,
    /// All roles, in the order of the inventory
    pub roles: Vec<TrustedRole>,
    /// The distinct trust policies of roles
    #[serde(with = "super::stored_policy::trusts")]
    pub trusts: Vec<Document>,
    /// Users and roles that policies of resources may name, in the order of the inventory: they are no external principals
    pub named: Vec<NamedPrincipal>,
    /// Accounts whose users and roles are known
    pub accounts: BTreeSet<String>,
    /// Actions as policy documents spell them, without wildcard
    pub actions: BTreeSet<String>,
    /// Resources that run code, each with its role
    pub running: Vec<Running>,
    /// `aws`, `aws-cn` or `aws-us-gov`
    pub partition: String,
}

/// A role, with its trust policy by number
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedRole {
    /// ARN of the role
    pub arn: String,
    /// Place in [`Common::trusts`]; `None` when no document tells the trust policy
    pub trust: Option<u32>,
}

/// A user or role, as policies of resources name it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPrincipal {
    /// ARN of the user or role
    pub arn: String,
    /// `AIDA…` or `AROA…`, when given
    pub id: Option<String>,
}

/// A resource that runs code with a role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// ARN of the resource
    pub arn: String,
    /// ARN of the role
    pub role: Option<String>,
}

/// All that is known of some accounts
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The accounts; of a resource, the account that owns it
    pub accounts: BTreeSet<String>,
    /// Users, groups, roles and managed policies, last accesses, credentials and compute resources of these accounts; neither
    /// organization nor policies of resources, which are in the common part
    pub inventory: Inventory,
}

impl Inventory {
    /// Divides the inventory by accounts.
    #[must_use]
    pub fn divide(self, size: ShardSize) -> Division {
        let common = Common::of(&self);
        let mut weights: BTreeMap<(u64, String), Weight> = BTreeMap::new();
        for account in all_accounts(&self) {
            weights.entry(key(&account)).or_default();
        }
        let mut weigh = |account: &str, principals: usize, bytes: usize| {
            let weight = weights.entry(key(account)).or_default();
            weight.principals = weight.principals.saturating_add(principals);
            weight.bytes = weight.bytes.saturating_add(bytes);
        };
        let details = &self.details;
        for user in &details.users {
            weigh(account(&user.arn), 1, bytes(user));
        }
        for role in &details.roles {
            weigh(account(&role.arn), 1, bytes(role));
        }
        for group in &details.groups {
            weigh(account(&group.arn), 0, bytes(group));
        }
        for policy in &details.policies {
            weigh(account(&policy.arn), 0, bytes(policy));
        }
        let accounts: Vec<((u64, String), Weight)> = weights.into_iter().collect();
        let mut groups = Vec::new();
        halve(&accounts, (0, u64::MAX), size, &mut groups);
        if groups.is_empty() {
            groups.push(BTreeSet::new());
        }
        let shards = self.dealt(groups);
        Division { common, shards }
    }

    /// Everything dealt out to the shards of these accounts.
    fn dealt(self, groups: Vec<BTreeSet<String>>) -> Vec<Shard> {
        let mut place: HashMap<String, usize> = HashMap::new();
        for (number, accounts) in groups.iter().enumerate() {
            place.extend(accounts.iter().map(|account| (account.clone(), number)));
        }
        let of = |account: &str| place.get(account).copied().unwrap_or(0);
        let (last_accessed, credentials, compute) = (&self.last_accessed, &self.credentials, &self.compute);
        let mut shards: Vec<Shard> = groups
            .into_iter()
            .map(|accounts| Shard {
                accounts,
                inventory: Inventory {
                    last_accessed: last_accessed.as_ref().map(|_| LastAccessed::default()),
                    credentials: credentials.as_ref().map(|report| CredentialReport {
                        as_of: report.as_of,
                        ..CredentialReport::default()
                    }),
                    compute: compute.as_ref().map(|_| Compute::default()),
                    ..Inventory::default()
                },
            })
            .collect();
        let AuthorizationDetails {
            users,
            groups,
            roles,
            policies,
            findings: _,
        } = self.details;
        let accounts_of_roles: HashSet<String> = roles.iter().map(|role| role.arn.clone()).collect();
        // Policies of AWS, and whatever else is attached across accounts, go wherever they are attached.
        let mut attached: Vec<HashSet<String>> = vec![HashSet::new(); shards.len()];
        for user in users {
            let number = of(account(&user.arn));
            if let (Some(shard), Some(known)) = (shards.get_mut(number), attached.get_mut(number)) {
                known.extend(user.attached.iter().chain(&user.boundary).cloned());
                shard.inventory.details.users.push(user);
            }
        }
        for group in groups {
            let number = of(account(&group.arn));
            if let (Some(shard), Some(known)) = (shards.get_mut(number), attached.get_mut(number)) {
                known.extend(group.attached.iter().cloned());
                shard.inventory.details.groups.push(group);
            }
        }
        for role in roles {
            let number = of(account(&role.arn));
            if let (Some(shard), Some(known)) = (shards.get_mut(number), attached.get_mut(number)) {
                known.extend(role.attached.iter().chain(&role.boundary).cloned());
                shard.inventory.details.roles.push(role);
            }
        }
        for policy in policies {
            let home = place.get(account(&policy.arn)).copied();
            for (number, shard) in shards.iter_mut().enumerate() {
                let is_attached = attached
                    .get(number)
                    .is_some_and(|known| known.contains(&policy.arn));
                if home == Some(number) || is_attached {
                    shard.inventory.details.policies.push(policy.clone());
                }
            }
        }
        for (arn, services) in self.last_accessed.into_iter().flat_map(|report| report.entities) {
            if let Some(Some(own)) = shards
                .get_mut(of(account(&arn)))
                .map(|one| &mut one.inventory.last_accessed)
            {
                own.entities.insert(arn, services);
            }
        }
        for (arn, user) in self.credentials.into_iter().flat_map(|report| report.users) {
            if let Some(Some(own)) = shards
                .get_mut(of(account(&arn)))
                .map(|one| &mut one.inventory.credentials)
            {
                own.users.insert(arn, user);
            }
        }
        let Compute { collected, resources } = self.compute.unwrap_or_default();
        for one in collected {
            if let Some(Some(own)) = shards
                .get_mut(of(&one.account))
                .map(|shard| &mut shard.inventory.compute)
            {
                own.collected.push(one);
            }
        }
        for resource in resources {
            let number = of(&home_of(&resource, &accounts_of_roles));
            if let Some(Some(own)) = shards.get_mut(number).map(|shard| &mut shard.inventory.compute) {
                own.resources.push(resource);
            }
        }
        shards
    }
}

impl Common {
    /// What shards of the inventory must know of each other.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        let details = &inventory.details;
        let mut numbers: HashMap<&Document, u32> = HashMap::new();
        let mut trusts = Vec::new();
        let roles = details.roles.iter().map(|role| TrustedRole {
            arn: role.arn.clone(),
            trust: role.trust.as_ref().map(|trust| {
                let next = u32::try_from(trusts.len()).unwrap_or(u32::MAX);
                *numbers.entry(trust).or_insert_with(|| {
                    trusts.push(trust.clone());
                    next
                })
            }),
        });
        let roles = roles.collect();
        let arns = details.users.iter().map(|one| &one.arn);
        let arns = arns.chain(details.roles.iter().map(|one| &one.arn));
        let first = arns.clone().next();
        let partition = first.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        let loaded = arns.chain(details.groups.iter().map(|one| &one.arn));
        let running = inventory.compute.iter().flat_map(|compute| &compute.resources);
        Self {
            organization: inventory.organization.clone(),
            resource_policies: inventory.resource_policies.clone(),
            roles,
            named: named(inventory),
            accounts: loaded.map(|arn| account(arn).to_owned()).collect(),
            actions: actions(inventory),
            running: running
                .map(|one| Running {
                    arn: one.arn.clone(),
                    role: one.role.clone(),
                })
                .collect(),
            partition: partition.to_owned(),
            trusts,
        }
    }
}

/// What an account brings into a shard
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    principals: usize,
    bytes: usize,
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

/// Every account that something of the inventory belongs to.
fn all_accounts(inventory: &Inventory) -> BTreeSet<String> {
    let details = &inventory.details;
    let mut all: BTreeSet<String> = inventory.accounts().into_iter().map(str::to_owned).collect();
    all.extend(details.roles.iter().map(|role| account(&role.arn).to_owned()));
    let policies = inventory.resource_policies.iter();
    all.extend(
        policies
            .flat_map(|all| &all.policies)
            .map(|one| one.account.clone()),
    );
    let used = inventory
        .last_accessed
        .iter()
        .flat_map(|report| report.entities.keys());
    all.extend(used.map(|arn| account(arn).to_owned()));
    let compute = inventory.compute.iter();
    all.extend(
        compute
            .clone()
            .flat_map(|one| &one.collected)
            .map(|one| one.account.clone()),
    );
    all.extend(
        compute
            .flat_map(|one| &one.resources)
            .map(|one| one.account().to_owned()),
    );
    all
}

/// The account in whose shard a compute resource is: where the role is that it runs with.
fn home_of(resource: &ComputeResource, roles: &HashSet<String>) -> String {
    let role = resource.role.as_ref().filter(|role| roles.contains(*role));
    role.map_or_else(|| resource.account().to_owned(), |role| account(role).to_owned())
}

/// Users and roles that policies of resources, trust policies and resource control policies may name one by one.
fn named(inventory: &Inventory) -> Vec<NamedPrincipal> {
    let details = &inventory.details;
    let trusts = details.roles.iter().filter_map(|role| role.trust.as_ref());
    let policies = inventory.resource_policies.iter().flat_map(|all| &all.policies);
    let organization = inventory.organization.iter();
    let control = organization.flat_map(|one| &one.resource_control_policies);
    let control = control.flatten().map(|policy| &policy.document);
    let documents = trusts.chain(policies.map(|one| &one.document)).chain(control);
    let mut names: HashSet<&str> = HashSet::new();
    // Conditions name principals as well: `aws:PrincipalArn`, and `aws:userid` with the name of a session behind the id.
    let statements = documents.flat_map(Document::valid);
    for statement in statements {
        for name in statement.principals.iter().flat_map(Element::entries) {
            if let PrincipalName::Typed(_, value) = name {
                names.insert(value);
            }
        }
        for condition in &statement.conditions {
            let values = condition.values.iter();
            names.extend(
                values.flat_map(|value| [value.as_str(), value.split(':').next().unwrap_or_default()]),
            );
        }
    }
    let sessions: HashSet<(&str, &str)> = names
        .iter()
        .filter_map(|name| {
            let arn = Arn::parse(name).ok()?;
            let role = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
            Some((arn.account, role))
        })
        .collect();
    let is_named = |arn: &str, id: Option<&str>| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        names.contains(arn)
            || id.is_some_and(|id| names.contains(id))
            || sessions.contains(&(account(arn), name))
    };
    let users = details.users.iter().map(|one| (&one.arn, &one.id));
    let roles = details.roles.iter().map(|one| (&one.arn, &one.id));
    let all = users
        .chain(roles)
        .filter(|(arn, id)| is_named(arn, id.as_deref()));
    all.map(|(arn, id)| NamedPrincipal {
        arn: arn.clone(),
        id: id.clone(),
    })
    .collect()
}

/// Actions without wildcard, as the documents of all policies spell them.
fn actions(inventory: &Inventory) -> BTreeSet<String> {
    let details = &inventory.details;
    let inline = details.users.iter().flat_map(|one| &one.inline);
    let inline = inline.chain(details.groups.iter().flat_map(|one| &one.inline));
    let inline = inline.chain(details.roles.iter().flat_map(|one| &one.inline));
    let documents = inline.map(|policy| &policy.document);
    let documents = documents.chain(details.policies.iter().map(|policy| &policy.document));
    let documents = documents.chain(details.roles.iter().filter_map(|role| role.trust.as_ref()));
    let policies = inventory.resource_policies.iter().flat_map(|all| &all.policies);
    let documents = documents.chain(policies.map(|policy| &policy.document));
    let organization = inventory.organization.iter();
    let control = organization
        .clone()
        .flat_map(|one| &one.service_control_policies)
        .flatten();
    let documents = documents.chain(control.map(|policy| &policy.document));
    let control = organization
        .flat_map(|one| &one.resource_control_policies)
        .flatten();
    let documents = documents.chain(control.map(|policy| &policy.document));
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for statement in documents.flat_map(Document::valid) {
        let entries = statement.actions.entries().iter().map(String::as_str);
        names.extend(entries.filter(|name| name.contains(':') && !name.contains(['*', '?'])));
    }
    names.into_iter().map(str::to_owned).collect()
}

/// Bytes of what is stored of a thing.
fn bytes(thing: &impl Serialize) -> usize {
    postcard::serialize_with_flavor(thing, postcard::ser_flavors::Size::default()).unwrap_or(0)
}

fn account(arn: &str) -> &str {
    Arn::parse(arn).map(|arn| arn.account).unwrap_or_default()
}
