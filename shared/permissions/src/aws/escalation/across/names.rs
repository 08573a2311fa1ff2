//! Names nodes, steps and paths in the same way for every shard.

use crate::aws::data::{Source, SourceKind};
use crate::row::{AdministratorPath, PathStep};
use iam::arn::account_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Orders nodes in the way in which a search over all principals numbers them
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Rank {
    Loaded,
    Other,
    /// A loaded principal without its boundary
    Lifted,
}

/// A node of the graph, as every shard calls it
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct NodeName {
    pub(super) rank: Rank,
    pub(super) id: Box<str>,
    pub(super) kind: SourceKind,
}

/// A step of a path, by names
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedStep {
    pub(super) by: NodeName,
    pub(super) goal: NamedGoal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NamedGoal {
    Become(NodeName),
    Unlimit(NodeName),
    Raise(NodeName),
    RaiseGroup(Box<str>),
    Join(Box<str>),
    Administrator,
}

/// The paths of sources of a shard that lead through other shards; equal paths are written as equal bytes
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathsAcross(BTreeMap<(Box<str>, SourceKind), AdministratorPath>);

impl NodeName {
    /// Returns the account of the node; an empty text for a node without account.
    pub(super) fn account(&self) -> &str {
        account_of(&self.id)
    }

    pub(super) const fn is_loaded(&self) -> bool {
        !matches!(self.rank, Rank::Other)
    }
}

impl NamedStep {
    /// Returns the account in whose shard the step is explained. That is the account of the principal that makes the
    /// step. When an external principal makes it, that is the account of what it gains.
    pub(super) fn account(&self) -> &str {
        match &self.goal {
            NamedGoal::Become(gained) if !self.by.is_loaded() => gained.account(),
            NamedGoal::Become(_)
            | NamedGoal::Unlimit(_)
            | NamedGoal::Raise(_)
            | NamedGoal::RaiseGroup(_)
            | NamedGoal::Join(_)
            | NamedGoal::Administrator => self.by.account(),
        }
    }

    /// Returns the account in whose shard the row is that lets everybody act as the gained role.
    pub(super) fn account_of_public_row(&self, step: &PathStep) -> Option<&str> {
        match &self.goal {
            NamedGoal::Become(role) if step.rows.is_empty() => Some(role.account()),
            NamedGoal::Become(_)
            | NamedGoal::Unlimit(_)
            | NamedGoal::Raise(_)
            | NamedGoal::RaiseGroup(_)
            | NamedGoal::Join(_)
            | NamedGoal::Administrator => None,
        }
    }
}

impl PathsAcross {
    /// Returns whether no source has such a path.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the path of a source.
    pub(super) fn add(&mut self, source: &NodeName, path: AdministratorPath) {
        self.0.insert((source.id.clone(), source.kind), path);
    }

    /// Returns the path of a source; `None` when it does not lead through several shards.
    pub(crate) fn of(&self, source: &Source) -> Option<&AdministratorPath> {
        if self.0.is_empty() {
            return None;
        }
        // Code that runs with a role acts as the role.
        let kind = match source.kind {
            SourceKind::Compute => SourceKind::Role,
            SourceKind::User
            | SourceKind::Role
            | SourceKind::Public
            | SourceKind::Account
            | SourceKind::RoleSession
            | SourceKind::FederatedUser
            | SourceKind::Service
            | SourceKind::SamlProvider
            | SourceKind::OidcProvider
            | SourceKind::WebIdentity
            | SourceKind::CanonicalUser
            | SourceKind::Organization
            | SourceKind::Network => source.kind,
        };
        self.0.get(&(source.principal().into(), kind))
    }
}
