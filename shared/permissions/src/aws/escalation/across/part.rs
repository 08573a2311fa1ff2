//! Says what one shard knows of the graph, and explains a step of a path.

use super::names::{NamedGoal, NamedStep, NodeName, Rank};
use super::number_set::NumberSet;
use super::numbered::{Numbered, short};
use crate::aws::data::{Snapshot, SourceKind};
use crate::aws::effective::EffectiveTables;
use crate::aws::escalation::AdministratorPaths;
use crate::aws::escalation::steps::Goal;
use crate::aws::escalation::ways::{Level, Ways, insert};
use crate::row::PathStep;
use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Holds what a node gains in one step. Nodes and groups have the numbers that they have in their shard, and sets the numbers
/// that they have in the part
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NodePart {
    pub(super) number: u32,
    pub(super) act_as: u32,
    pub(super) raise: u32,
    pub(super) unlimit: u32,
    /// A set of groups, as the next one is
    pub(super) join: u32,
    pub(super) raise_groups: u32,
    pub(super) makes_administrator: Option<bool>,
    pub(super) administrator: Option<bool>,
    pub(super) raisable: Option<bool>,
    pub(super) unlimited: Option<u32>,
}

/// A group that nodes of a part can change, or can add users to
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GroupPart {
    pub(super) number: u32,
    pub(super) arn: Box<str>,
    /// Says whether the group makes its members administrators
    pub(super) makes_administrators: bool,
}

/// Nodes of one shard with all that they lead to in it, as far as it can be of use to a path
///
/// Each text and each set is there once, so that a part is not larger than the nodes that it has and the different sets of
/// what they gain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GraphPart {
    pub(super) nodes: Vec<NodePart>,
    /// The names of the nodes, in the same order
    pub(super) names: Vec<NodeName>,
    /// Nodes of other shards as which nodes of this part can act
    pub(super) others: Vec<(u32, NodeName)>,
    pub(super) groups: Vec<GroupPart>,
    pub(super) sets: Vec<NumberSet>,
}

#[cfg(test)]
thread_local! {
    /// Counts the nodes and the words of sets that [`AdministratorPaths::leading_to`] looks at
    pub(super) static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl AdministratorPaths {
    /// Returns the principals that may come into another shard, and the external principals that can act as somebody.
    /// `useful` is [`AdministratorPaths::useful`].
    pub(super) fn open(&self, snapshot: &Snapshot, useful: &FixedBitSet) -> BTreeSet<NodeName> {
        let mut leading = self.leading_to(self.subjects.others.clone());
        leading.difference_with(&self.subjects.others);
        let external = self.external_nodes();
        leading.extend(external.filter(|number| {
            let node = self.graph.nodes.get(*number);
            node.is_some_and(|node| !node.is_certain_end() && !node.capability.act_as.is_empty())
        }));
        leading.intersect_with(useful);
        let names = leading.ones().filter_map(|number| self.name(snapshot, number));
        names.filter(|name| name.rank != Rank::Lifted).collect()
    }

    /// Returns the names of the external principals.
    pub(super) fn external(&self, snapshot: &Snapshot) -> impl Iterator<Item = NodeName> {
        self.external_nodes()
            .filter_map(|number| self.name(snapshot, number))
    }

    fn external_nodes(&self) -> std::ops::Range<usize> {
        let first = self.subjects.principals.len();
        first..first.saturating_add(self.external.len())
    }

    /// Returns the nodes of a set, and those from which acting as somebody leads to them.
    fn leading_to(&self, mut leading: FixedBitSet) -> FixedBitSet {
        let nodes = &self.graph.nodes;
        leading.grow(nodes.len());
        // No search goes on after an administrator.
        let others = nodes.iter().enumerate();
        let others = others.filter(|(number, node)| !leading.contains(*number) && !node.is_certain_end());
        let mut others: Vec<_> = others.collect();
        let mut new = leading.clone();
        while !new.is_clear() {
            // All rounds together take at most as many steps as there are pairs of nodes, even for long chains of roles.
            let is_few = new.count_ones(..) < new.as_slice().len();
            let few: Option<Vec<usize>> = is_few.then(|| new.ones().collect());
            #[cfg(test)]
            LOOKED_AT.with(|all| {
                let each = few.as_ref().map_or(new.as_slice().len(), Vec::len);
                all.set(all.get().saturating_add(each.saturating_mul(others.len())));
            });
            let mut found = FixedBitSet::with_capacity(nodes.len());
            others.retain(|(number, node)| {
                let act_as = node.capability.act_as.at(Level::Possible);
                let leads = match &few {
                    Some(few) => few.iter().any(|one| act_as.contains(*one)),
                    None => !act_as.is_disjoint(&new),
                };
                let leads = leads || node.unlimited.is_some_and(|number| new.contains(number));
                if leads {
                    found.insert(*number);
                }
                !leads
            });
            leading.union_with(&found);
            new = found;
        }
        leading
    }

    /// Returns the nodes that a path may need: what they gain is of use, or their policies can be changed, or they lead to such a
    /// node. A search that captures any other node ends as if it had not captured it.
    pub(super) fn useful(&self) -> FixedBitSet {
        let mut useful = self.subjects.others.clone();
        useful.grow(self.graph.nodes.len());
        for (number, node) in self.graph.nodes.iter().enumerate() {
            let gained = &node.capability;
            useful.union_with(gained.raise.at(Level::Possible));
            for group in gained.join.at(Level::Possible).ones() {
                if let Some(users) = self.graph.joining.get(group) {
                    useful.union_with(users.at(Level::Possible));
                }
            }
            let gains = !gained.raise.is_empty()
                || !gained.join.is_empty()
                || !gained.raise_groups.is_empty()
                || gained.makes_administrator.is_some()
                || gained.unlimit.iter().any(|(one, _)| self.is_bounded(one));
            // A node without its boundary is named by the node with it.
            if gains || node.administrator.is_some() || self.lifted.contains_key(&number) {
                useful.insert(number);
            }
        }
        self.leading_to(useful)
    }

    /// Returns whether a principal would gain by losing its boundary.
    fn is_bounded(&self, number: usize) -> bool {
        let node = self.graph.nodes.get(number);
        node.is_some_and(|node| node.unlimited.is_some())
    }

    /// Returns the nodes of this shard that have one of the names, and all nodes that they lead to in the shard. `useful` is
    /// [`AdministratorPaths::useful`].
    pub(super) fn part<'n>(
        &self,
        (snapshot, useful): (&Snapshot, &FixedBitSet),
        names: impl IntoIterator<Item = &'n NodeName>,
    ) -> GraphPart {
        let mut part = GraphPart::default();
        let mut sets = Numbered::default();
        let (mut seen, mut others, mut groups) = (FixedBitSet::new(), FixedBitSet::new(), FixedBitSet::new());
        let mut open: Vec<usize> = names
            .into_iter()
            .filter_map(|name| self.number(snapshot, name))
            .filter(|number| useful.contains(*number) && !self.subjects.others.contains(*number))
            .collect();
        while let Some(number) = open.pop() {
            if seen.contains(number) {
                continue;
            }
            insert(&mut seen, number);
            let (Some(name), Some(node)) = (self.name(snapshot, number), self.graph.nodes.get(number)) else {
                continue;
            };
            let nothing = sets.add(NumberSet::default());
            let mut own = NodePart {
                number: short(number),
                act_as: nothing,
                raise: nothing,
                unlimit: nothing,
                join: nothing,
                raise_groups: nothing,
                makes_administrator: node.capability.makes_administrator,
                administrator: node.administrator,
                raisable: node.raisable,
                unlimited: node.unlimited.map(short),
            };
            // No search goes on after an administrator.
            if !node.is_certain_end() {
                let gained = &node.capability;
                let mut of = |ways: &Ways, counts: &dyn Fn(usize) -> bool| {
                    let counting = ways.iter().filter(|(number, _)| counts(*number));
                    sets.add(
                        counting
                            .map(|(number, certain)| (short(number), certain))
                            .collect(),
                    )
                };
                own.act_as = of(&gained.act_as, &|number| useful.contains(number));
                own.raise = of(&gained.raise, &|_| true);
                own.unlimit = of(&gained.unlimit, &|number| self.is_bounded(number));
                own.join = of(&gained.join, &|_| true);
                own.raise_groups = of(&gained.raise_groups, &|_| true);
                groups.union_with(gained.join.at(Level::Possible));
                groups.union_with(gained.raise_groups.at(Level::Possible));
                for one in gained.act_as.at(Level::Possible).intersection(useful) {
                    if self.subjects.others.contains(one) {
                        insert(&mut others, one);
                    } else {
                        open.push(one);
                    }
                }
                open.extend(node.unlimited);
            }
            part.nodes.push(own);
            part.names.push(name);
        }
        let others = others.ones();
        part.others = others
            .filter_map(|number| Some((short(number), self.name(snapshot, number)?)))
            .collect();
        part.groups = groups
            .ones()
            .filter_map(|number| {
                Some(GroupPart {
                    number: short(number),
                    arn: self.subjects.groups.get(number)?.resource.arn.clone(),
                    makes_administrators: self.graph.administrator_groups.contains(number),
                })
            })
            .collect();
        part.sets = sets.finish();
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
