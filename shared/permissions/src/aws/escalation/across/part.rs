//! Says what one shard knows of the graph, and explains a step of a path.

use super::names::{NamedGoal, NamedStep, NodeName, Rank};
use crate::aws::data::{CompiledDocument, Snapshot, SourceKind};
use crate::aws::effective::EffectiveTables;
use crate::aws::escalation::AdministratorPaths;
use crate::aws::escalation::steps::Goal;
use crate::aws::escalation::ways::{Level, Ways, insert};
use crate::row::PathStep;
use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Holds what a node gains in one step, by names
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NodePart {
    pub(super) act_as: Vec<(NodeName, bool)>,
    pub(super) raise: Vec<(NodeName, bool)>,
    pub(super) unlimit: Vec<(NodeName, bool)>,
    pub(super) join: Vec<(Box<str>, bool)>,
    pub(super) raise_groups: Vec<(Box<str>, bool)>,
    pub(super) makes_administrator: Option<bool>,
    pub(super) administrator: Option<bool>,
    pub(super) raisable: Option<bool>,
}

/// Nodes of one shard with all that they lead to in it, and the groups of their accounts
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GraphPart {
    pub(super) nodes: BTreeMap<NodeName, NodePart>,
    /// Groups, each with whether it makes its members administrators
    pub(super) groups: BTreeMap<Box<str>, bool>,
}

impl AdministratorPaths {
    /// Returns the principals that may come into another shard, and the external principals that can act as somebody.
    pub(super) fn open(&self, snapshot: &Snapshot) -> BTreeSet<NodeName> {
        let mut leading = FixedBitSet::new();
        let others = &self.subjects.others;
        loop {
            let mut new = FixedBitSet::new();
            for (number, node) in self.graph.nodes.iter().enumerate() {
                let act_as = node.capability.act_as.at(Level::Possible);
                let leads = || {
                    let is_loaded = self.subjects.principals.get(self.loaded(number)).is_some();
                    let is_external = !is_loaded && !act_as.is_clear();
                    let is_other = !act_as.is_disjoint(others) || !act_as.is_disjoint(&leading);
                    is_external || is_other || node.unlimited.is_some_and(|number| leading.contains(number))
                };
                if !leading.contains(number) && !node.is_certain_end() && leads() {
                    insert(&mut new, number);
                }
            }
            if new.is_clear() {
                break;
            }
            leading.union_with(&new);
        }
        let names = leading.ones().filter_map(|number| self.name(snapshot, number));
        names.filter(|name| name.rank != Rank::Lifted).collect()
    }

    /// Returns the nodes of this shard that have one of the names, and all nodes that they lead to in the shard.
    pub(super) fn part(&self, snapshot: &Snapshot, names: &BTreeSet<NodeName>) -> GraphPart {
        let mut part = GraphPart::default();
        let mut seen = FixedBitSet::new();
        let mut open: Vec<usize> = names
            .iter()
            .filter_map(|name| self.number(snapshot, name))
            .filter(|number| !self.subjects.others.contains(*number))
            .collect();
        while let Some(number) = open.pop() {
            if seen.contains(number) {
                continue;
            }
            insert(&mut seen, number);
            let (Some(name), Some(node)) = (self.name(snapshot, number), self.graph.nodes.get(number)) else {
                continue;
            };
            let mut own = NodePart {
                makes_administrator: node.capability.makes_administrator,
                administrator: node.administrator,
                raisable: node.raisable,
                ..NodePart::default()
            };
            // No search goes on after an administrator.
            if !node.is_certain_end() {
                let nodes = |ways: &Ways| -> Vec<(NodeName, bool)> {
                    let each = ways
                        .iter()
                        .map(|(one, certain)| Some((self.name(snapshot, one)?, certain)));
                    each.flatten().collect()
                };
                let groups = |ways: &Ways| -> Vec<(Box<str>, bool)> {
                    let each = ways.iter().map(|(one, certain)| {
                        Some((self.subjects.groups.get(one)?.resource.arn.clone(), certain))
                    });
                    each.flatten().collect()
                };
                own.act_as = nodes(&node.capability.act_as);
                own.raise = nodes(&node.capability.raise);
                own.unlimit = nodes(&node.capability.unlimit);
                own.join = groups(&node.capability.join);
                own.raise_groups = groups(&node.capability.raise_groups);
                let act_as = node.capability.act_as.at(Level::Possible);
                open.extend(act_as.ones().filter(|one| !self.subjects.others.contains(*one)));
                open.extend(node.unlimited);
            }
            for (arn, _) in own.join.iter().chain(&own.raise_groups) {
                let group = self
                    .subjects
                    .groups
                    .iter()
                    .find(|group| group.resource.arn == *arn);
                let mut documents = group
                    .into_iter()
                    .flat_map(|group| &group.policies)
                    .filter_map(|&policy| snapshot.documents.get(snapshot.policies.get(policy)?.document));
                part.groups
                    .insert(arn.clone(), documents.any(CompiledDocument::full_access));
            }
            part.nodes.insert(name, own);
        }
        part
    }

    pub(super) fn name(&self, snapshot: &Snapshot, number: usize) -> Option<NodeName> {
        let loaded = self.loaded(number);
        if let Some(principal) = self.subjects.principals.get(loaded) {
            let is_user = self.subjects.users.contains(loaded);
            return Some(NodeName {
                rank: if loaded == number {
                    Rank::Loaded
                } else {
                    Rank::Lifted
                },
                id: principal.resource.arn.clone(),
                kind: if is_user {
                    SourceKind::User
                } else {
                    SourceKind::Role
                },
            });
        }
        let source = self.source_of(snapshot, number)?;
        Some(NodeName {
            rank: Rank::Other,
            id: source.id.clone(),
            kind: source.kind,
        })
    }

    pub(super) fn number(&self, snapshot: &Snapshot, name: &NodeName) -> Option<usize> {
        match name.rank {
            Rank::Loaded => self.subjects.by_arn.get(&name.id).copied(),
            Rank::Lifted => {
                let loaded = self.subjects.by_arn.get(&name.id)?;
                self.graph.nodes.get(*loaded)?.unlimited
            }
            Rank::Other => {
                let source = snapshot.source_named(&name.id, name.kind)?;
                self.by_source.get(&source).copied()
            }
        }
    }

    /// Explains the step of a path through several shards; to be asked of the shard of [`NamedStep::account`].
    pub(super) fn named_step(&self, effective: &EffectiveTables, step: &NamedStep) -> Option<PathStep> {
        let snapshot = effective.snapshot();
        let number = |name: &NodeName| self.number(snapshot, name);
        let group = |arn: &str| {
            let mut groups = self.subjects.groups.iter();
            groups.position(|group| *group.resource.arn == *arn)
        };
        let goal = match &step.goal {
            NamedGoal::Become(node) => Goal::Become(number(node)?),
            NamedGoal::Unlimit(node) => Goal::Unlimit(number(node)?),
            NamedGoal::Raise(node) => Goal::Raise(number(node)?),
            NamedGoal::RaiseGroup(arn) => Goal::RaiseGroup(group(arn)?),
            NamedGoal::Join(arn) => Goal::Join(group(arn)?),
            NamedGoal::Administrator => Goal::Administrator,
        };
        self.step(effective, number(&step.by)?, goal)
    }

    /// Adds the row that lets everybody act as a role of this shard to the step that gains the role.
    pub(super) fn add_public_row(&self, effective: &EffectiveTables, named: &NamedStep, step: &mut PathStep) {
        if let NamedGoal::Become(role) = &named.goal
            && let Some(number) = self.number(effective.snapshot(), role)
        {
            step.rows = self.public_row(effective, number).into_iter().collect();
        }
    }
}
