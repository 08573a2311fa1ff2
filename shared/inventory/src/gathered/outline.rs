//! Collects what the common part needs of the documents, while they are added.

use super::neighbours::Neighbours;
use crate::elsewhere::{NamedPrincipal, TrustedRole, issuers};
use crate::shard::{Common, Running};
use crate::{Compute, ComputeResource, Group, InlinePolicy, Organization, ResourcePolicies, Role, User};
use iam::arn::{Arn, account_of};
use iam::document::{Document, Element, PrincipalName};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Users and roles by ARN, and what documents name
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The users with their ids
    users: BTreeMap<String, Option<String>>,
    /// The roles with their ids and the numbers of their trust policies
    pub(super) roles: BTreeMap<String, (Option<String>, Option<u32>)>,
    trusts: Vec<Document>,
    numbers: HashMap<Document, u32>,
    /// Roles by the instance profiles that hand them out
    profiles: HashMap<String, String>,
    /// Accounts of users, groups and roles
    accounts: BTreeSet<String>,
    actions: BTreeSet<String>,
    /// Managed policies of AWS that users, groups and roles have
    pub(super) attached: BTreeSet<String>,
}

impl Outline {
    pub(super) fn user(&mut self, user: &User) {
        self.entity(
            &user.arn,
            &user.inline,
            user.attached.iter().chain(&user.boundary),
        );
        self.users.insert(user.arn.clone(), user.id.clone());
    }

    pub(super) fn group(&mut self, group: &Group) {
        self.entity(&group.arn, &group.inline, &group.attached);
    }

    pub(super) fn role(&mut self, role: &Role) {
        self.entity(
            &role.arn,
            &role.inline,
            role.attached.iter().chain(&role.boundary),
        );
        let trust = role.trust.as_ref().map(|trust| {
            self.document(trust);
            if let Some(number) = self.numbers.get(trust) {
                return *number;
            }
            let number = u32::try_from(self.trusts.len()).unwrap_or(u32::MAX);
            self.trusts.push(trust.clone());
            self.numbers.insert(trust.clone(), number);
            number
        });
        for profile in &role.instance_profiles {
            self.profiles.insert(profile.clone(), role.arn.clone());
        }
        self.roles.insert(role.arn.clone(), (role.id.clone(), trust));
    }

    fn entity<'a>(
        &mut self,
        arn: &str,
        inline: &[InlinePolicy],
        attached: impl IntoIterator<Item = &'a String>,
    ) {
        if !self.accounts.contains(account_of(arn)) {
            self.accounts.insert(account_of(arn).to_owned());
        }
        for policy in inline {
            self.document(&policy.document);
        }
        for policy in attached {
            if account_of(policy) == "aws" && !self.attached.contains(policy) {
                self.attached.insert(policy.clone());
            }
        }
    }

    /// Takes in the actions without wildcard, as the document spells them.
    pub(super) fn document(&mut self, document: &Document) {
        for statement in document.valid() {
            for name in statement.actions.entries() {
                let is_plain = name.contains(':') && !name.contains(['*', '?']);
                if is_plain && !self.actions.contains(name.as_str()) {
                    self.actions.insert(name.clone());
                }
            }
        }
    }

    /// Gives the roles to instances for which only the instance profile is named.
    pub(super) fn give_roles(&self, compute: &mut Compute) {
        for resource in &mut compute.resources {
            if let (None, Some(profile)) = (&resource.role, &resource.instance_profile) {
                resource.role = self.profiles.get(profile).cloned();
            }
        }
    }

    /// Returns what all shards must know, and from what it follows what each of them must know of the others.
    pub(super) fn common<'a>(
        mut self,
        organization: Option<Organization>,
        resource_policies: Option<ResourcePolicies>,
        running: impl Iterator<Item = &'a ComputeResource>,
    ) -> (Common, Neighbours) {
        let policies = resource_policies.iter().flat_map(|all| &all.policies);
        for policy in policies.clone() {
            self.document(&policy.document);
        }
        let known = organization.iter();
        let service = known.clone().flat_map(|one| &one.service_control_policies);
        for policy in service.flatten() {
            self.document(&policy.document);
        }
        let control = known.flat_map(|one| &one.resource_control_policies).flatten();
        for policy in control.clone() {
            self.document(&policy.document);
        }
        let documents = self.trusts.iter().chain(policies.map(|one| &one.document));
        let taken = Names::of(documents.chain(control.map(|policy| &policy.document)));
        let users = self.users.iter();
        let roles = self.roles.iter().map(|(arn, (id, _))| (arn, id));
        let named = users
            .clone()
            .chain(roles)
            .filter(|(arn, id)| taken.has(arn, id.as_deref()));
        let named = named.map(|(arn, id)| NamedPrincipal {
            arn: arn.clone(),
            id: id.clone(),
        });
        let named = named.collect();
        let first = self.users.keys().chain(self.roles.keys()).next();
        let partition = first.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        let partition = partition.to_owned();
        let running = running.map(|one| Running {
            arn: one.arn.clone(),
            role: one.role.clone().filter(|role| self.roles.contains_key(role)),
        });
        let running = running.collect();
        let issuers = issuers(&self.trusts);
        let mut all_roles: BTreeMap<String, String> = BTreeMap::new();
        let known = self.roles.iter().filter(|(_, (_, trust))| trust.is_some());
        for (arn, _) in known.filter(|(arn, _)| !arn.contains('\n')) {
            let Some((start, name)) = arn.split_once('/') else {
                continue;
            };
            let own = match all_roles.get_mut(start) {
                Some(own) => own,
                None => all_roles.entry(start.to_owned()).or_default(),
            };
            own.push_str(name);
            own.push('\n');
        }
        let roles = self.roles.into_iter();
        let roles = roles.map(|(arn, (_, trust))| TrustedRole { arn, trust });
        let neighbours = Neighbours::new((roles.collect(), self.trusts), named, resource_policies.as_ref());
        let common = Common {
            accounts: self.accounts,
            actions: self.actions.into_iter().collect(),
            roles: all_roles,
            issuers,
            running,
            partition,
            organization,
            resource_policies,
        };
        (common, neighbours)
    }
}

/// Users and roles that policies of resources, trust policies and resource control policies may name one by one
pub(super) struct Names<'d> {
    names: HashSet<&'d str>,
    /// Account and role of each session that is named
    sessions: HashSet<(&'d str, &'d str)>,
}

impl<'d> Names<'d> {
    pub(super) fn of(documents: impl Iterator<Item = &'d Document>) -> Self {
        let mut names: HashSet<&str> = HashSet::new();
        // Conditions name principals as well: `aws:PrincipalArn`, and `aws:userid` with the name of a session behind the id.
        for statement in documents.flat_map(Document::valid) {
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
        let sessions = names.iter().filter_map(|name| {
            let arn = Arn::parse(name).ok()?;
            let role = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
            Some((arn.account, role))
        });
        Self {
            sessions: sessions.collect(),
            names,
        }
    }

    /// Returns each name: ARNs, unique ids, and of sessions the account and the role.
    pub(super) fn all(&self) -> impl Iterator<Item = Cow<'d, str>> {
        let sessions = self.sessions.iter();
        let sessions = sessions.map(|(account, role)| Cow::Owned(format!("{account}/{role}")));
        self.names.iter().map(|name| Cow::Borrowed(*name)).chain(sessions)
    }

    fn has(&self, arn: &str, id: Option<&str>) -> bool {
        let name = arn.rsplit('/').next().unwrap_or_default();
        self.names.contains(arn)
            || id.is_some_and(|id| self.names.contains(id))
            || self.sessions.contains(&(account_of(arn), name))
    }
}
