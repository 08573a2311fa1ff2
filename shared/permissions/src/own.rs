//! Holds own grants, which this stack itself makes: access policies on portals and projects, and policies that sub
//! accounts hold.
//!
//! Its rows look like those of a snapshot and are found by the same queries. There are few of them and they must be
//! as fresh as the last write, so nothing is prepared: every row is held against the query as the language defines
//! it, `rql::evaluate`. What the members hold is described in `docs/permission-search.md`.

mod access_policy;
mod held_policy;
mod row_ref;
mod select;
mod stored;
#[cfg(test)]
pub(crate) mod tests;

pub use access_policy::{AccessPolicy, Identity};
pub(crate) use access_policy::{PERMISSIONS, SERVICE};
pub use held_policy::HeldPolicy;
pub(crate) use row_ref::RowRef;
use row_ref::region_name;
pub(crate) use select::Selection;
pub use stored::StoredOwnGrantsError;

use std::collections::BTreeMap;
use std::sync::Arc;

use rql::TextAttribute;

use crate::row::rrn;

/// Says where a grant is made
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cloud {
    /// The grant is made for a portal or project
    SiteWise,
    /// The grant is made by a policy of Ncloud Sub Account
    Ncloud,
}

impl Cloud {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SiteWise => "SITEWISE",
            Self::Ncloud => "NCP",
        }
    }
}

/// The cloud types of own grants beside `AWS`, where the identities of its access policies are
pub(crate) const CLOUD_TYPES: [&str; 2] = [Cloud::SiteWise.as_str(), Cloud::Ncloud.as_str()];

/// Says which sub account holds which policy
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Holding {
    /// The id of the sub account
    pub sub_account: String,
    /// The id of the policy
    pub policy_id: String,
}

/// The grants of one account, ready for queries
#[derive(Debug)]
pub struct OwnGrants {
    account: String,
    access_policies: Vec<AccessPolicy>,
    held_policies: Vec<Arc<HeldPolicy>>,
    holdings: Vec<Holding>,
    policies: Vec<Arc<GrantingPolicy>>,
    /// The sources, sorted by id
    sources: Vec<Source>,
}

/// Holds who has permissions
#[derive(Debug)]
struct Source {
    id: Box<str>,
    name: Box<str>,
    kind: SourceKind,
    account: Box<str>,
    rrn: Box<str>,
    /// Indices of policies
    policies: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceKind {
    /// A user of IAM Identity Center
    User,
    /// A group of IAM Identity Center
    Group,
    IamUser,
    IamRole,
    SubAccount,
}

/// A policy, and all that it grants to each of its holders
#[derive(Debug)]
struct GrantingPolicy {
    id: Box<str>,
    name: Box<str>,
    kind: &'static str,
    rrn: Box<str>,
    /// The account is empty for a policy of the system
    account: Box<str>,
    cloud: Cloud,
    /// The actions in the order of their names
    actions: Vec<GrantedAction>,
    /// The destinations in the order of their ids
    dests: Vec<Dest>,
    /// The rows, sorted, each once
    rows: Vec<PolicyRow>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GrantedAction {
    name: Box<str>,
    service: Box<str>,
    /// Type of the resources that it works on, when it is known
    works_on: Option<Box<str>>,
    administrative: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dest {
    id: Box<str>,
    name: Box<str>,
    /// `*` when the id names none
    kind: Box<str>,
    account: Box<str>,
    /// The code of the region; empty for none, `*` for any
    region: Box<str>,
}

/// Indices of an action and a destination of the policy
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PolicyRow {
    action: u32,
    dest: u32,
}

impl OwnGrants {
    /// Makes the grants of an account. A holding of a policy that is not among `held_policies` grants nothing: a policy
    /// can be detached and deleted between two reads.
    #[must_use]
    pub fn new(
        account: &str,
        access_policies: Vec<AccessPolicy>,
        held_policies: Vec<Arc<HeldPolicy>>,
        holdings: Vec<Holding>,
    ) -> Self {
        let mut policies = Vec::new();
        // A user and a group may have one id.
        let mut sources: BTreeMap<(Box<str>, SourceKind), Source> = BTreeMap::new();
        for access_policy in &access_policies {
            let source = access_policy.source(account);
            let source = sources.entry((source.id.clone(), source.kind)).or_insert(source);
            source.policies.push(policies.len());
            policies.push(Arc::new(access_policy.granting(account)));
        }
        let mut numbers = BTreeMap::new();
        for policy in &held_policies {
            numbers.insert(policy.id(), policies.len());
            policies.push(Arc::clone(policy.granting()));
        }
        for holding in &holdings {
            let Some(&number) = numbers.get(holding.policy_id.as_str()) else {
                continue;
            };
            let source = held_policy::source(account, &holding.sub_account);
            let source = sources.entry((source.id.clone(), source.kind)).or_insert(source);
            source.policies.push(number);
        }
        Self {
            account: account.to_owned(),
            access_policies,
            held_policies,
            holdings,
            policies,
            sources: sources.into_values().collect(),
        }
    }

    /// Returns the values that own rows have for an attribute, with repetitions; `None` when they are not listed.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most attributes hold free text, new ones too"
    )]
    pub(crate) fn listed(&self, attribute: TextAttribute) -> Option<Box<dyn Iterator<Item = &str> + '_>> {
        let sources = self.sources.iter();
        let policies = self.policies.iter();
        let dests = || self.policies.iter().flat_map(|policy| &policy.dests);
        Some(match attribute {
            TextAttribute::SourceResourceName | TextAttribute::EntityName => {
                Box::new(sources.map(|source| &*source.name))
            }
            TextAttribute::SourceResourceId | TextAttribute::EntityId => {
                Box::new(sources.map(|source| &*source.id))
            }
            TextAttribute::SourceResourceType | TextAttribute::EntityType => {
                Box::new(sources.map(|source| source.kind.as_str()))
            }
            TextAttribute::SourceAccount => Box::new(sources.map(|source| &*source.account)),
            TextAttribute::SourceRegion => Box::new(sources.map(|source| source.kind.region())),
            TextAttribute::SourceServiceName => Box::new(sources.map(|source| source.kind.service())),
            TextAttribute::SourceIdpService => {
                Box::new(sources.filter_map(|source| source.kind.identity_provider()))
            }
            TextAttribute::SourceIdpDomain => Box::new(std::iter::empty()),
            TextAttribute::DestAccount => Box::new(dests().map(|dest| &*dest.account)),
            TextAttribute::DestResourceId => Box::new(dests().map(|dest| &*dest.id)),
            TextAttribute::DestResourceName => Box::new(dests().map(|dest| &*dest.name)),
            TextAttribute::PolicyType => Box::new(policies.map(|policy| policy.kind)),
            TextAttribute::DestRegion => Box::new(policies.flat_map(|policy| {
                let codes = policy.dests.iter().map(|dest| &*dest.region);
                codes.flat_map(|code| [code, region_name(policy.cloud, code)])
            })),
            TextAttribute::PolicyId => Box::new(policies.map(|policy| &*policy.id)),
            TextAttribute::PolicyName => Box::new(policies.map(|policy| &*policy.name)),
            TextAttribute::DestResourceType => Box::new(policies.flat_map(|policy| {
                let kinds = policy.dests.iter().map(|dest| &*dest.kind);
                let worked_on = policy.actions.iter();
                kinds.chain(worked_on.filter_map(|action| action.works_on.as_deref()))
            })),
            _ => return None,
        })
    }

    /// Returns the actions of own rows, with repetitions.
    pub(crate) fn action_names(&self) -> impl Iterator<Item = &str> {
        let actions = self.policies.iter().flat_map(|policy| &policy.actions);
        actions.map(|action| &*action.name)
    }

    /// Returns whether there is no grant at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

impl Source {
    fn new(kind: SourceKind, id: &str, name: &str, account: &str) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            kind,
            account: account.into(),
            rrn: rrn(kind.rrn_type(), "", account, id).into(),
            policies: Vec::new(),
        }
    }
}

impl GrantingPolicy {
    fn action(&self, row: PolicyRow) -> Option<&GrantedAction> {
        self.actions.get(usize::try_from(row.action).ok()?)
    }

    fn dest(&self, row: PolicyRow) -> Option<&Dest> {
        self.dests.get(usize::try_from(row.dest).ok()?)
    }
}

/// Returns an index as a number. There are at most as many actions and destinations as fit a policy of 350 KiB.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
