//! Finds the way to administrator: which sources can give themselves everything, in any number of steps.
//!
//! ```text
//! methods       the table of methods    subjects  what they are about    candidates  which of them a pattern may name
//! needed        the actions that methods need             grants  what policies grant of them
//! granting      what decisions read     open      on which subjects, before a request is known
//! alike         what is decided once    answers   what was decided       limits, limited  what answers depend on
//! free          what no layer limits    capabilities  what a principal gains in one step
//! reach         all steps               steps     of one path            path  explains it
//! across        the same through several shards
//! ```
//!
//! What this means, rule by rule, is in `docs/permission-search-semantics.md`.

mod across;
mod alike;
mod answers;
mod candidates;
mod capabilities;
mod free;
mod granting;
mod grants;
mod limited;
mod limits;
mod methods;
mod needed;
mod objects;
mod open;
mod path;
mod reach;
mod steps;
mod subjects;
mod ways;

use super::data::{Boundary, IdVec, Snapshot, Source, SourceId};
use super::effective::EffectiveTables;
use crate::row::AdministratorPath;
use capabilities::Capabilities;
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use needed::NeededActions;
use reach::{Graph, Node};
use std::sync::OnceLock;
use subjects::Subjects;
use ways::{Level, Ways, insert};

pub(crate) use across::paths_across;
pub use across::{OpenPaths, PathsAcross, PathsByShard};

/// Says how sure it is that a source can become an administrator
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// This depends on a condition, or on something that no document says
    Conditional,
    Certain,
}

/// Says which sources of a snapshot can become administrators, and how
#[derive(Debug)]
pub(crate) struct AdministratorPaths {
    subjects: Subjects,
    /// Roles by the services that they trust
    trusting: HashMap<&'static str, Ways>,
    needed_actions: NeededActions,
    graph: Graph,
    /// Numbers of nodes
    by_source: HashMap<SourceId, usize>,
    /// External principals, whose nodes are behind those of the loaded principals
    external: Vec<SourceId>,
    /// The loaded principal of each further node that is such a principal without its boundary
    lifted: HashMap<usize, usize>,
    certain: FixedBitSet,
    possible: FixedBitSet,
    /// Explanations that were asked for
    paths: IdVec<SourceId, OnceLock<Option<AdministratorPath>>>,
}

impl AdministratorPaths {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let subjects = Subjects::of(snapshot);
        let needed_actions = NeededActions::of(snapshot);
        let trusting = subjects.trusting_services(snapshot);
        let mut capabilities = Capabilities::new(snapshot, &subjects, &trusting, &needed_actions);
        let mut graph = Graph::default();
        let mut by_source = HashMap::default();
        let mut external = Vec::new();
        for (number, principal) in subjects.principals.iter().enumerate() {
            let source = principal.source.and_then(|id| {
                by_source.insert(id, number);
                snapshot.sources.get(id)
            });
            let node = source.map(|source| node(&mut capabilities, source, false));
            graph.nodes.push(node.unwrap_or_default());
        }
        for (id, source) in snapshot.sources.with_ids() {
            if by_source.contains_key(&id) {
                continue;
            }
            // Code that runs with a role acts as the role.
            let role = source
                .compute
                .as_ref()
                .and_then(|one| subjects.by_arn.get(&one.role));
            if let Some(&role) = role {
                by_source.insert(id, role);
                continue;
            }
            by_source.insert(id, graph.nodes.len());
            external.push(id);
            graph.nodes.push(Node {
                capability: capabilities.of(source, None, false),
                administrator: capabilities.is_administrator(source, false),
                ..Node::default()
            });
        }
        let mut lifted = HashMap::default();
        let mut unlimited = FixedBitSet::new();
        let mut asked = 0;
        // A principal without its boundary may take away the boundary of another one.
        while let Some(nodes) = graph.nodes.get(asked..).filter(|nodes| !nodes.is_empty()) {
            let mut new = FixedBitSet::new();
            for node in nodes {
                new.union_with(node.capability.unlimit.at(Level::Possible));
            }
            new.difference_with(&unlimited);
            unlimited.union_with(&new);
            asked = graph.nodes.len();
            for number in new.ones() {
                let principal = subjects.principals.get(number);
                let source = principal.and_then(|principal| snapshot.sources.get(principal.source?));
                let own = source.and_then(|source| Some((source, capabilities.own_class(source, false)?)));
                let Some((source, class)) = own else { continue };
                if class.boundary == Boundary::None {
                    continue;
                }
                let next = graph.nodes.len();
                lifted.insert(next, number);
                if let Some(limited) = graph.nodes.get_mut(number) {
                    limited.unlimited = Some(next);
                }
                graph.nodes.push(node(&mut capabilities, source, true));
            }
        }
        let group_policies = subjects.groups.iter().enumerate();
        for (number, group) in group_policies {
            let mut users = subjects.users.clone();
            match subjects.by_account.get(&group.account) {
                Some(own) => users.intersect_with(own),
                None => users.clear(),
            }
            graph.joining.push(Ways::certainly(users));
            let mut documents = group
                .policies
                .iter()
                .filter_map(|&policy| snapshot.documents.get(snapshot.policies.get(policy)?.document));
            if documents.any(super::data::CompiledDocument::full_access) {
                insert(&mut graph.administrator_groups, number);
            }
        }
        let certain = graph.outcomes(Level::Certain);
        let possible = graph.outcomes(Level::Possible);
        Self {
            paths: (0..snapshot.sources.len()).map(|_| OnceLock::new()).collect(),
            subjects,
            trusting,
            needed_actions,
            graph,
            by_source,
            external,
            lifted,
            certain,
            possible,
        }
    }

    /// Returns the shortest path of a source; `None` when it has none.
    pub(crate) fn path(&self, effective: &EffectiveTables, source: SourceId) -> Option<AdministratorPath> {
        let known = self.paths.get(source)?;
        known.get_or_init(|| self.explain(effective, source)).clone()
    }

    /// Returns whether a source can become an administrator.
    pub(crate) fn reach(&self, source: SourceId) -> Option<Reach> {
        let number = *self.by_source.get(&source)?;
        if self.certain.contains(number) {
            Some(Reach::Certain)
        } else {
            self.possible.contains(number).then_some(Reach::Conditional)
        }
    }
}

fn node(capabilities: &mut Capabilities<'_>, source: &Source, lifted: bool) -> Node {
    let own = capabilities.own_class(source, lifted);
    Node {
        capability: capabilities.of(source, own.as_deref(), lifted),
        administrator: capabilities.is_administrator(source, lifted),
        raisable: own.and_then(|own| capabilities.would_be_administrator(&own)),
        unlimited: None,
    }
}
