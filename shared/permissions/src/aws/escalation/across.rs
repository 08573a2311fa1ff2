//! Finds the way to administrator through several shards.
//!
//! Only acting as somebody leads from one account to another; policies, boundaries and groups are changed within an
//! account. So each shard says which of its principals may come into another shard, and what the principals gain in one
//! step that somebody reaches. Together these parts are the part of the whole graph that leads through several shards.
//! A search over them finds what a search over all principals finds.

mod names;
mod part;

use super::capabilities::Capability;
use super::reach::{Graph, Node};
use super::steps::{Goal, steps};
use super::ways::{Level, Ways, insert};
use crate::aws::data::{Snapshot, SourceKind};
use crate::aws::effective::EffectiveTables;
use crate::aws::escalation::AdministratorPaths;
use crate::row::PathStep;
use fixedbitset::FixedBitSet;
use names::{NamedGoal, NamedPath, NamedStep, NodeName, Rank};
use part::GraphPart;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use names::PathsAcross;

/// The part of the graph that leads through several shards, while it is put together
#[derive(Debug, Default)]
struct Across {
    part: GraphPart,
    asked: BTreeSet<NodeName>,
    /// Principals that may come into another shard
    starts: BTreeSet<NodeName>,
}

/// Holds what is known of a shard for paths through several shards before the shard is asked. It follows from the shard and the
/// common part alone, so that a shard that did not change need not be compiled again to tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPaths {
    /// Principals that may come into another shard
    starts: BTreeSet<NodeName>,
    /// These with all that they lead to in the shard
    part: GraphPart,
}

impl OpenPaths {
    /// Returns what is known of a shard.
    pub(crate) fn of(paths: &AdministratorPaths, snapshot: &Snapshot) -> Self {
        let starts = paths.open(snapshot);
        let part = paths.part(snapshot, &starts);
        Self { starts, part }
    }

    /// Returns whether no path may lead into another shard.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

impl Across {
    /// Takes in what a shard tells.
    fn add(&mut self, told: OpenPaths) {
        self.starts.extend(told.starts.iter().cloned());
        self.answer(told.part, told.starts);
    }

    /// Returns the nodes for which shards still have to be asked, by account.
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
    fn ask(&mut self, paths: &AdministratorPaths, snapshot: &Snapshot, names: BTreeSet<NodeName>) {
        let part = paths.part(snapshot, &names);
        self.answer(part, names);
    }

    fn answer(&mut self, part: GraphPart, names: BTreeSet<NodeName>) {
        self.asked.extend(names);
        self.part.groups.extend(part.groups);
        for (name, node) in part.nodes {
            // What resources grant to an external principal is in the shards of the accounts of these resources.
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

    /// Finds the shortest path of each principal that may come into another shard.
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
            let made = made.into_iter().filter_map(|(by, goal)| {
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
                steps: made.collect(),
                administrator: administrator.and_then(name).map(|name| name.id),
            })
        });
        starts.collect()
    }
}

/// Finds the paths through several shards, and returns for each shard the paths of its sources. `told` has what each shard
/// tells. `home` returns the number of the shard of an account. `shard` shows a shard that paths of others lead to.
pub(crate) fn paths_across(
    told: Vec<OpenPaths>,
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize, &mut dyn FnMut(&AdministratorPaths, &EffectiveTables)),
) -> Vec<PathsAcross> {
    let mut across = Across::default();
    let shards = told.len();
    for of_shard in told {
        across.add(of_shard);
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
                // There is no such shard, because no document describes the principals.
                None => across.asked.extend(names),
            }
        }
        for (number, mut names) in by_shard {
            shard(number, &mut |paths, effective| {
                across.ask(paths, effective.snapshot(), std::mem::take(&mut names));
            });
        }
    }
    let mut all = vec![PathsAcross::default(); shards];
    let paths = across.paths();
    let known = explained(&paths, &home, &shard);
    for path in &paths {
        let steps = path.steps().iter().filter_map(|named| known.get(named).cloned());
        let explained = path.explained(steps.collect());
        match path.account() {
            Some(account) => {
                if let Some(paths) = home(account).and_then(|number| all.get_mut(number)) {
                    paths.add(path, explained);
                }
            }
            // An external principal has rows in many shards.
            None => all
                .iter_mut()
                .for_each(|paths| paths.add(path, explained.clone())),
        }
    }
    all
}

/// Explains the steps of all paths, shard by shard, because a shard must be compiled before it can explain.
fn explained(
    paths: &[NamedPath],
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize, &mut dyn FnMut(&AdministratorPaths, &EffectiveTables)),
) -> BTreeMap<&NamedStep, PathStep> {
    let mut by_shard: BTreeMap<usize, BTreeSet<&NamedStep>> = BTreeMap::new();
    for step in paths.iter().flat_map(NamedPath::steps) {
        if let Some(number) = home(step.account()) {
            by_shard.entry(number).or_default().insert(step);
        }
    }
    let mut explained: BTreeMap<&NamedStep, PathStep> = BTreeMap::new();
    let mut public: BTreeMap<usize, Vec<&NamedStep>> = BTreeMap::new();
    for (number, steps) in by_shard {
        shard(number, &mut |paths, effective| {
            for named in &steps {
                let Some(step) = paths.named_step(effective, named) else {
                    continue;
                };
                if let Some(number) = named.account_of_public_row(&step).and_then(&home) {
                    public.entry(number).or_default().push(*named);
                }
                explained.insert(*named, step);
            }
        });
    }
    for (number, steps) in public {
        shard(number, &mut |paths, effective| {
            for named in &steps {
                if let Some(step) = explained.get_mut(*named) {
                    paths.add_public_row(effective, named, step);
                }
            }
        });
    }
    explained
}
