//! Finds what principals need and the documents do not hold.

use super::Inventory;
use foldhash::HashSet;
use iam::arn::account_of;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that users, roles or compute resources refer to and that no document holds: what they may do is not fully known
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Says what kind of thing is missing
    pub kind: MissingKind,
    /// ARN of the policy; account and name of the group, `111122223333/admins`
    pub name: String,
    /// ARNs of the users, roles and compute resources concerned, in order; for a policy of a group, the members of the group
    pub principals: BTreeSet<String>,
}

/// Says what can be missing
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MissingKind {
    /// The document of a managed policy that is attached
    ManagedPolicy,
    /// The document of a managed policy that is a permissions boundary
    PermissionsBoundary,
    /// A group that a user is a member of
    Group,
    /// The role that a compute resource runs with
    Role,
    /// The instance profile that hands a role to an instance
    InstanceProfile,
}

impl MissingKind {
    /// Returns the words that people read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManagedPolicy => "managed policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Group => "group",
            Self::Role => "role",
            Self::InstanceProfile => "instance profile",
        }
    }
}

impl Inventory {
    /// Returns what users, roles and compute resources refer to and no document holds, in the order of kind and name. A
    /// search over such a principal may show too little, or too much.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        self.missing_beside(&BTreeSet::new())
    }

    /// Returns what a shard lacks, where users and roles of `accounts` are known, here or in other shards.
    #[must_use]
    pub fn missing_beside(&self, accounts: &BTreeSet<String>) -> Vec<Missing> {
        let known = accounts;
        let details = &self.details;
        let held: HashSet<&str> = details
            .policies
            .iter()
            .map(|policy| policy.arn.as_str())
            .collect();
        let mut found: BTreeMap<(MissingKind, String), BTreeSet<String>> = BTreeMap::new();
        let mut note = |kind, name: &str, principal: &str| {
            let principals = found.entry((kind, name.to_owned())).or_default();
            principals.insert(principal.to_owned());
        };
        let mut groups: BTreeMap<String, &[String]> = BTreeMap::new();
        for group in &details.groups {
            groups.insert(group_key(&group.arn, &group.name), &group.attached);
        }
        let absent = |arn: &&String| !held.contains(arn.as_str());
        for user in &details.users {
            for policy in user.attached.iter().filter(absent) {
                note(MissingKind::ManagedPolicy, policy, &user.arn);
            }
            for policy in user.boundary.iter().filter(absent) {
                note(MissingKind::PermissionsBoundary, policy, &user.arn);
            }
            for name in &user.groups {
                match groups.get(&group_key(&user.arn, name)) {
                    Some(attached) => {
                        for policy in attached.iter().filter(absent) {
                            note(MissingKind::ManagedPolicy, policy, &user.arn);
                        }
                    }
                    None => note(
                        MissingKind::Group,
                        &format!("{}/{name}", account_of(&user.arn)),
                        &user.arn,
                    ),
                }
            }
        }
        for role in &details.roles {
            for policy in role.attached.iter().filter(absent) {
                note(MissingKind::ManagedPolicy, policy, &role.arn);
            }
            for policy in role.boundary.iter().filter(absent) {
                note(MissingKind::PermissionsBoundary, policy, &role.arn);
            }
        }
        let compute = self.compute.as_ref().map(|compute| compute.resources.as_slice());
        let compute = compute.unwrap_or_default();
        let (mut roles, mut accounts): (HashSet<&str>, HashSet<&str>) = Default::default();
        if !compute.is_empty() {
            roles.extend(details.roles.iter().map(|role| role.arn.as_str()));
            accounts.extend(details.arns().map(account_of));
        }
        for resource in compute {
            match (&resource.role, &resource.instance_profile) {
                (Some(role), _) if !roles.contains(role.as_str()) => {
                    note(MissingKind::Role, role, &resource.arn);
                }
                // In an account whose roles are known, an instance profile without role grants nothing.
                (None, Some(profile))
                    if !accounts.contains(account_of(profile)) && !known.contains(account_of(profile)) =>
                {
                    note(MissingKind::InstanceProfile, profile, &resource.arn);
                }
                (_, _) => {}
            }
        }
        let each = found.into_iter();
        each.map(|((kind, name), principals)| Missing {
            kind,
            name,
            principals,
        })
        .collect()
    }
}

/// Returns a key that is the same for every spelling of a group. The name of a group is unique in its account without regard
/// to case.
fn group_key(arn: &str, name: &str) -> String {
    format!("{}/{}", account_of(arn), name.to_lowercase())
}
