//! The way to administrator through several shards.
//!
//! Only acting as somebody leads from one account to another; policies, boundaries and groups are changed within an account.
//! So each shard tells which of its principals may come into another shard, and what those gain in one step whom anybody
//! comes to. What is put together of this is the part of the whole graph that leads through several shards, and the search
//! over it finds what a search over all principals finds.

use super::AdministratorPaths;
use super::capabilities::Capability;
use super::path::{Goal, steps};
use super::reach::{Graph, Node};
use super::ways::{Level, Ways, insert};
use crate::aws::EffectivePermissions;
use crate::aws::data::{CompiledDocument, Snapshot, Source, SourceKind};
use crate::row::{AdministratorPath, PathStep, RowResult};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a node stands among all: in the order in which a search over all principals numbers them
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Loaded,
    Other,
    /// A loaded principal without its boundary
    Lifted,
}

/// A node of the graph, as every shard calls it
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct NodeName {
    rank: Rank,
    id: Box<str>,
    kind: SourceKind,
}

/// What a node gains in one step, by names
#[derive(Debug, Default)]
struct NodePart {
    act_as: Vec<(NodeName, bool)>,
    raise: Vec<(NodeName, bool)>,
    unlimit: Vec<(NodeName, bool)>,
    join: Vec<(Box<str>, bool)>,
    raise_groups: Vec<(Box<str>, bool)>,
    makes_administrator: Option<bool>,
    administrator: Option<bool>,
    raisable: Option<bool>,
}

/// Nodes of one shard with all that they lead to in it, and the groups of their accounts
#[derive(Debug, Default)]
struct GraphPart {
    nodes: BTreeMap<NodeName, NodePart>,
    /// Groups, each with whether it makes its members administrators
    groups: BTreeMap<Box<str>, bool>,
}

/// The part of the graph that leads through several shards, while it is put together
#[derive(Debug, Default)]
struct Across {
    part: GraphPart,
    asked: BTreeSet<NodeName>,
    /// Principals that may come into another shard
    starts: BTreeSet<NodeName>,
}

/// A step of a path, by names
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedStep {
    by: NodeName,
    goal: NamedGoal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum NamedGoal {
    Become(NodeName),
    Unlimit(NodeName),
    Raise(NodeName),
    RaiseGroup(Box<str>),
    Join(Box<str>),
    Administrator,
}

/// A path through several shards, not explained yet
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedPath {
    start: NodeName,
    is_certain: bool,
    steps: Vec<NamedStep>,
    administrator: Option<Box<str>>,
}

/// The paths of sources of a shard that lead through other shards
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathsAcross(HashMap<(Box<str>, SourceKind), AdministratorPath>);

impl NodeName {
    /// The account of the node; empty for one without account.
    fn account(&self) -> &str {
        self.id.split(':').nth(4).unwrap_or_default()
    }

    const fn is_loaded(&self) -> bool {
        !matches!(self.rank, Rank::Other)
    }
}

impl NamedStep {
    /// The account in whose shard the step is explained: that of the one who makes the step, of an external principal that
    /// of what it gains.
    fn account(&self) -> &str {
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

    /// The account in whose shard the row is that lets everybody act as the role that is gained.
    fn account_of_public_row(&self, step: &PathStep) -> Option<&str> {
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

impl NamedPath {
    /// The steps, in the order in which they are made.
    fn steps(&self) -> &[NamedStep] {
        &self.steps
    }

    /// The account of the source; empty for an external principal without account.
    fn account(&self) -> Option<&str> {
        self.start.is_loaded().then(|| self.start.account())
    }

    /// The path with its steps, explained by the shards.
    fn explained(&self, steps: Vec<PathStep>) -> AdministratorPath {
        AdministratorPath {
            result: if self.is_certain {
                RowResult::Allowed
            } else {
                RowResult::Conditional
            },
            steps,
            administrator: self.administrator.as_deref().map(str::to_owned),
        }
    }
}

impl PathsAcross {
    /// Adds the path of a source.
    fn add(&mut self, named: &NamedPath, path: AdministratorPath) {
        self.0.insert((named.start.id.clone(), named.start.kind), path);
    }

    /// The path of a source, when it leads through several shards.
    pub(crate) fn of(&self, source: &Source) -> Option<&AdministratorPath> {
        if self.0.is_empty() {
            return None;
        }
        // Code that runs with a role acts as the role.
        let kind = match source.kind {
            SourceKind::Compute => SourceKind::Role,
            other => other,
        };
        self.0.get(&(source.principal().into(), kind))
    }
}

impl Across {
    /// Takes in a shard.
    fn add(&mut self, effective: &EffectivePermissions) {
        let (paths, snapshot) = (effective.administrator_paths(), effective.snapshot());
        let open = paths.open(snapshot);
        self.starts.extend(open.iter().cloned());
        self.answer(paths.part(snapshot, &open), open);
    }

    /// The nodes that shards are still to be asked for, by account.
    fn wanted(&self) -> BTreeMap<String, BTreeSet<NodeName>> {
        let mut wanted: BTreeMap<String, BTreeSet<NodeName>> = BTreeMap::new();
        let named = self.part.nodes.values().flat_map(|node| &node.act_as);
        for (name, _) in named {
            if !self.part.nodes.contains_key(name) && !self.asked.contains(name) {
                wanted
                    .entry(name.account().to_owned())
                    .or_default()
                    .insert(name.clone());
            }
        }
        wanted
    }

    /// Takes in the nodes that a shard was asked for.
    fn ask(&mut self, effective: &EffectivePermissions, names: BTreeSet<NodeName>) {
        let part = effective.administrator_paths().part(effective.snapshot(), &names);
        self.answer(part, names);
    }

    fn answer(&mut self, part: GraphPart, names: BTreeSet<NodeName>) {
        self.asked.extend(names);
        self.part.groups.extend(part.groups);
        for (name, node) in part.nodes {
            // What resources grant to an external principal lies in the shards of their accounts.
            let own = self.part.nodes.entry(name).or_default();
            own.act_as.extend(node.act_as);
            own.raise.extend(node.raise);
            own.unlimit.extend(node.unlimit);
            own.join.extend(node.join);
            own.raise_groups.extend(node.raise_groups);
            own.makes_administrator = own.makes_administrator.max(node.makes_administrator);
            own.administrator = own.administrator.max(node.administrator);
            own.raisable = own.raisable.max(node.raisable);
        }
    }

    /// The shortest paths of all that may come into another shard.
    fn paths(&self) -> Vec<NamedPath> {
        let names: Vec<&NodeName> = self.part.nodes.keys().collect();
        let groups: Vec<&str> = self.part.groups.keys().map(|arn| &**arn).collect();
        let number = |name: &NodeName| names.binary_search(&name).ok();
        let group = |arn: &str| groups.binary_search(&arn).ok();
        let ways = |named: &[(NodeName, bool)]| {
            let mut ways = Ways::default();
            for (name, certain) in named {
                if let Some(number) = number(name) {
                    ways.add(number, *certain);
                }
            }
            ways
        };
        let of_groups = |named: &[(Box<str>, bool)]| {
            let mut ways = Ways::default();
            for (arn, certain) in named {
                if let Some(number) = group(arn) {
                    ways.add(number, *certain);
                }
            }
            ways
        };
        let mut graph = Graph::default();
        for (name, node) in &self.part.nodes {
            let lifted = NodeName {
                rank: Rank::Lifted,
                ..name.clone()
            };
            graph.nodes.push(Node {
                capability: Capability {
                    act_as: ways(&node.act_as),
                    raise: ways(&node.raise),
                    unlimit: ways(&node.unlimit),
                    join: of_groups(&node.join),
                    raise_groups: of_groups(&node.raise_groups),
                    makes_administrator: node.makes_administrator,
                },
                administrator: node.administrator,
                raisable: node.raisable,
                unlimited: (name.rank == Rank::Loaded).then(|| number(&lifted)).flatten(),
            });
        }
        for (place, (arn, is_administrator)) in self.part.groups.iter().enumerate() {
            let account = arn.split(':').nth(4).unwrap_or_default();
            let mut users = FixedBitSet::new();
            for (number, name) in names.iter().enumerate() {
                if name.rank == Rank::Loaded && name.kind == SourceKind::User && name.account() == account {
                    insert(&mut users, number);
                }
            }
            graph.joining.push(users);
            if *is_administrator {
                insert(&mut graph.administrator_groups, place);
            }
        }
        let loaded = |at: usize| {
            let name = names.get(at).filter(|name| name.rank == Rank::Lifted)?;
            let loaded = NodeName {
                rank: Rank::Loaded,
                ..(*name).clone()
            };
            number(&loaded)
        };
        let starts = self.starts.iter().filter_map(|start| {
            let from = number(start)?;
            let searched = [(true, Level::Certain), (false, Level::Possible)].into_iter();
            let mut ended = searched.map(|(is_certain, level)| (is_certain, graph.search(from, level, None)));
            let (is_certain, search) = ended.find(|(_, search)| search.end.is_some())?;
            let (made, administrator) = steps(&search, |number| loaded(number).unwrap_or(number))?;
            let name = |number: usize| names.get(number).map(|name| (*name).clone());
            let named = made.into_iter().filter_map(|(by, goal)| {
                Some(NamedStep {
                    by: name(by)?,
                    goal: match goal {
                        Goal::Become(node) => NamedGoal::Become(name(node)?),
                        Goal::Unlimit(node) => NamedGoal::Unlimit(name(node)?),
                        Goal::Raise(node) => NamedGoal::Raise(name(node)?),
                        Goal::RaiseGroup(number) => NamedGoal::RaiseGroup((*groups.get(number)?).into()),
                        Goal::Join(number) => NamedGoal::Join((*groups.get(number)?).into()),
                        Goal::Administrator => NamedGoal::Administrator,
                    },
                })
            });
            Some(NamedPath {
                start: start.clone(),
                is_certain,
                steps: named.collect(),
                administrator: administrator.and_then(name).map(|name| name.id),
            })
        });
        starts.collect()
    }
}

impl AdministratorPaths {
    /// The principals that may come into another shard, and the external principals that can act as somebody.
    fn open(&self, snapshot: &Snapshot) -> BTreeSet<NodeName> {
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

    /// The nodes of this shard that have one of the names, and all that they lead to in it.
    fn part(&self, snapshot: &Snapshot, names: &BTreeSet<NodeName>) -> GraphPart {
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
            // No search goes on behind an administrator.
            if !node.is_certain_end() {
                let named = |ways: &Ways| -> Vec<(NodeName, bool)> {
                    let named = ways
                        .iter()
                        .map(|(one, certain)| Some((self.name(snapshot, one)?, certain)));
                    named.flatten().collect()
                };
                let groups = |ways: &Ways| -> Vec<(Box<str>, bool)> {
                    let named = ways.iter().map(|(one, certain)| {
                        Some((self.subjects.groups.get(one)?.resource.arn.clone(), certain))
                    });
                    named.flatten().collect()
                };
                own.act_as = named(&node.capability.act_as);
                own.raise = named(&node.capability.raise);
                own.unlimit = named(&node.capability.unlimit);
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

    fn name(&self, snapshot: &Snapshot, number: usize) -> Option<NodeName> {
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

    fn number(&self, snapshot: &Snapshot, name: &NodeName) -> Option<usize> {
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

    /// The step of a path through several shards, as far as this shard knows it.
    fn named_step(&self, effective: &EffectivePermissions, step: &NamedStep) -> Option<PathStep> {
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
}

impl EffectivePermissions {
    /// Explains a step of a path through several shards; to be asked of the shard of [`NamedStep::account`].
    fn explain_step(&self, step: &NamedStep) -> Option<PathStep> {
        self.administrator_paths().named_step(self, step)
    }

    /// Adds the row that lets everybody act as a role of this shard to the step that gains the role.
    fn add_public_row(&self, named: &NamedStep, step: &mut PathStep) {
        if let NamedGoal::Become(role) = &named.goal
            && let Some(number) = self.administrator_paths().number(self.snapshot(), role)
        {
            step.rows = self
                .administrator_paths()
                .public_row(self, number)
                .into_iter()
                .collect();
        }
    }
}

/// The paths through several shards, for each shard those of its sources. `home` tells the shard of an account, `shard` gives
/// one to look at: at most two of them are looked at together.
pub fn paths_across(
    shards: usize,
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize) -> Arc<EffectivePermissions>,
) -> Vec<PathsAcross> {
    let mut across = Across::default();
    for number in 0..shards {
        across.add(&shard(number));
    }
    loop {
        let wanted = across.wanted();
        if wanted.is_empty() {
            break;
        }
        let mut by_shard: BTreeMap<usize, BTreeSet<NodeName>> = BTreeMap::new();
        for (account, names) in wanted {
            match home(&account) {
                Some(number) => by_shard.entry(number).or_default().extend(names),
                // There is no such shard: nobody describes them.
                None => across.asked.extend(names),
            }
        }
        for (number, names) in by_shard {
            across.ask(&shard(number), names);
        }
    }
    let mut all = vec![PathsAcross::default(); shards];
    for path in across.paths() {
        let steps = path.steps().iter().filter_map(|named| {
            let mut step = shard(home(named.account())?).explain_step(named)?;
            if let Some(number) = named.account_of_public_row(&step).and_then(&home) {
                shard(number).add_public_row(named, &mut step);
            }
            Some(step)
        });
        let explained = path.explained(steps.collect());
        let of_start = match path.account() {
            Some(account) => all.iter_mut().skip(home(account).unwrap_or(shards)).take(1),
            // An external principal has rows in many shards.
            None => all.iter_mut().skip(0).take(shards),
        };
        for paths in of_start {
            paths.add(&path, explained.clone());
        }
    }
    all
}
