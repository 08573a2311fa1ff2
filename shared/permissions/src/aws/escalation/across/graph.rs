//! Puts together what shards say, and finds the paths in it. Texts and sets are held once, and everything else is numbers.

use super::OpenPaths;
use super::names::{NamedGoal, NamedStep, NodeName, Rank};
use super::number_set::NumberSet;
use super::numbered::{Numbered, long, short};
use super::part::{GraphPart, GroupPart, NodePart};
use crate::aws::data::SourceKind;
use crate::aws::escalation::capabilities::Capability;
use crate::aws::escalation::reach::{Graph, Node};
use crate::aws::escalation::steps::{Goal, Step, steps};
use crate::aws::escalation::ways::{Level, insert};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use iam::arn::account_of;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The part of the graph that leads through several shards, while it is put together. Names have the numbers in the order in
/// which they came
#[derive(Debug, Default)]
pub(super) struct Across {
    names: Numbered<NodeName>,
    shards: Vec<OfShard>,
    /// Nodes of which it is known what they gain
    known: FixedBitSet,
    /// Nodes for which a shard was asked
    asked: FixedBitSet,
    /// Nodes of other shards as which some node can act
    named: FixedBitSet,
    /// Principals that may gain a principal of another shard
    starts: FixedBitSet,
}

/// Holds what one shard says. Nodes have the numbers of the shard
#[derive(Debug, Default)]
struct OfShard {
    parts: Vec<HeldPart>,
    /// Numbers of names, of all nodes of the parts
    names: BTreeMap<u32, u32>,
    groups: BTreeMap<u32, GroupPart>,
    /// Nodes of the parts
    nodes: FixedBitSet,
    /// Names of external principals that have rows in the shard
    external: Vec<u32>,
}

#[derive(Debug)]
struct HeldPart {
    nodes: Vec<NodePart>,
    sets: Vec<NumberSet>,
}

/// The paths that a search has found
#[derive(Debug, Default)]
pub(super) struct FoundPaths {
    /// Nodes in the order in which a search over all principals numbers them
    nodes: Vec<Rc<NodeName>>,
    groups: Vec<Box<str>>,
    pub(super) steps: Vec<Step>,
    pub(super) paths: Vec<FoundPath>,
    /// For each shard, the nodes of external principals that have rows in it
    external: Vec<Vec<usize>>,
}

/// A path, whose steps are known by their numbers
#[derive(Debug)]
pub(super) struct FoundPath {
    pub(super) start: usize,
    pub(super) is_certain: bool,
    pub(super) steps: Box<[usize]>,
    pub(super) administrator: Option<usize>,
}

/// Pairs of numbers in the order of the first
type Renumbered = Vec<(u32, u32)>;

impl Across {
    /// Takes in what a shard says; the shards come in their order.
    pub(super) fn add(&mut self, open: OpenPaths) {
        let number = self.shards.len();
        self.shards.push(OfShard::default());
        let external: Vec<u32> = open
            .external
            .into_iter()
            .map(|name| self.names.add(name))
            .collect();
        for place in open.starts {
            if let Some(start) = open.part.names.get(long(place)) {
                let name = self.names.add(start.clone());
                insert(&mut self.starts, long(name));
            }
        }
        if let Some(shard) = self.shards.get_mut(number) {
            shard.external = external;
        }
        self.take(number, open.part);
    }

    /// Takes in a part that a shard was asked for.
    pub(super) fn take(&mut self, shard: usize, part: GraphPart) {
        let Some(own) = self.shards.get_mut(shard) else {
            return;
        };
        let mut nodes = Vec::new();
        for (node, name) in part.nodes.into_iter().zip(part.names) {
            if own.nodes.contains(long(node.number)) {
                continue;
            }
            insert(&mut own.nodes, long(node.number));
            let is_external = !name.is_loaded();
            let name = self.names.add(name);
            if is_external {
                own.external.push(name);
            }
            insert(&mut self.known, long(name));
            own.names.insert(node.number, name);
            nodes.push(node);
        }
        for (number, name) in part.others {
            let name = self.names.add(name);
            own.names.insert(number, name);
            insert(&mut self.named, long(name));
        }
        own.groups
            .extend(part.groups.into_iter().map(|group| (group.number, group)));
        own.parts.push(HeldPart {
            nodes,
            sets: part.sets,
        });
    }

    /// Returns the nodes for which shards still have to be asked, by account, and notes that they are asked for.
    pub(super) fn wanted(&mut self) -> BTreeMap<String, BTreeSet<Rc<NodeName>>> {
        let mut open = self.named.clone();
        open.difference_with(&self.known);
        open.difference_with(&self.asked);
        self.asked.union_with(&open);
        let mut wanted: BTreeMap<String, BTreeSet<Rc<NodeName>>> = BTreeMap::new();
        for number in open.ones() {
            if let Some(name) = self.names.get(short(number)) {
                let of_account = wanted.entry(name.account().to_owned()).or_default();
                of_account.insert(Rc::clone(name));
            }
        }
        wanted
    }

    /// Returns how many texts, nodes, numbers and runs of numbers are held.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        let of_shard = |shard: &OfShard| {
            let parts = shard.parts.iter().map(|part| {
                let runs: usize = part.sets.iter().map(NumberSet::runs).sum();
                part.nodes.len() + part.sets.len() + runs
            });
            parts.sum::<usize>() + shard.names.len() + shard.groups.len() + shard.external.len()
        };
        self.names.len() + self.shards.iter().map(of_shard).sum::<usize>()
    }

    /// Finds the shortest path of each principal that may come into another shard.
    pub(super) fn paths(self) -> FoundPaths {
        let known = self.known.ones().map(short);
        let mut order: Vec<(u32, Rc<NodeName>)> = known
            .filter_map(|number| Some((number, Rc::clone(self.names.get(number)?))))
            .collect();
        order.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        let numbers = order.iter().enumerate();
        let by_name: HashMap<u32, u32> = numbers.map(|(place, (name, _))| (*name, short(place))).collect();
        let nodes: Vec<Rc<NodeName>> = order.into_iter().map(|(_, name)| name).collect();
        let number = |name: u32| by_name.get(&name).copied();
        let starts: Vec<usize> = {
            let starts: BTreeSet<u32> = self
                .starts
                .ones()
                .filter_map(|name| number(short(name)))
                .collect();
            starts.into_iter().map(long).collect()
        };
        let external = self.shards.iter().map(|shard| -> Vec<usize> {
            let nodes: BTreeSet<u32> = shard.external.iter().filter_map(|name| number(*name)).collect();
            nodes.into_iter().map(long).collect()
        });
        let external: Vec<Vec<usize>> = external.collect();
        let (graph, groups) = graph(&self.shards, &nodes, &by_name);
        // The search needs the graph only.
        drop((self.shards, self.names));
        let loaded: HashMap<usize, usize> = graph
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(number, node)| Some((node.unlimited?, number)))
            .collect();
        let mut steps_found: Numbered<Step> = Numbered::default();
        let paths = starts.into_iter().filter_map(|start| {
            let searched = [(true, Level::Certain), (false, Level::Possible)].into_iter();
            let mut ended =
                searched.map(|(is_certain, level)| (is_certain, graph.search(start, level, None)));
            let (is_certain, search) = ended.find(|(_, search)| search.end.is_some())?;
            let (made, administrator) =
                steps(&search, |number| loaded.get(&number).copied().unwrap_or(number))?;
            let made = made.into_iter().map(|step| long(steps_found.add(step)));
            Some(FoundPath {
                start,
                is_certain,
                steps: made.collect(),
                administrator,
            })
        });
        let paths = paths.collect();
        FoundPaths {
            nodes,
            groups,
            steps: steps_found.finish(),
            paths,
            external,
        }
    }
}

/// Returns the graph of all nodes, and the ARNs of its groups.
fn graph(
    shards: &[OfShard],
    nodes: &[Rc<NodeName>],
    by_name: &HashMap<u32, u32>,
) -> (Graph<Rc<NumberSet>>, Vec<Box<str>>) {
    let mut graph = Graph::default();
    let mut all: Vec<&GroupPart> = shards.iter().flat_map(|shard| shard.groups.values()).collect();
    all.sort_unstable_by(|one, other| one.arn.cmp(&other.arn));
    let mut users: HashMap<&str, Vec<(u32, bool)>> = HashMap::default();
    for (number, name) in nodes.iter().enumerate() {
        if name.rank == Rank::Loaded && name.kind == SourceKind::User {
            users
                .entry(name.account())
                .or_default()
                .push((short(number), true));
        }
    }
    let mut users: HashMap<&str, Rc<NumberSet>> = users
        .into_iter()
        .map(|(account, users)| (account, Rc::new(users.into_iter().collect())))
        .collect();
    let mut places: HashMap<&str, u32> = HashMap::default();
    for (place, group) in all.iter().enumerate() {
        places.insert(&group.arn, short(place));
        let account = account_of(&group.arn);
        graph.joining.push(Rc::clone(users.entry(account).or_default()));
        if group.makes_administrators {
            insert(&mut graph.administrator_groups, place);
        }
    }
    let arns = all.iter().map(|group| group.arn.clone()).collect();
    let mut sets: Numbered<NumberSet> = Numbered::default();
    let nothing = sets.add(NumberSet::default());
    // What shards say of nodes, with the numbers that nodes and sets have here
    let mut said: Vec<NodePart> = Vec::new();
    for shard in shards {
        let of_nodes: Renumbered = shard
            .names
            .iter()
            .filter_map(|(number, name)| Some((*number, *by_name.get(name)?)))
            .collect();
        let of_groups: Renumbered = shard
            .groups
            .iter()
            .filter_map(|(number, group)| Some((*number, *places.get(&*group.arn)?)))
            .collect();
        let renumbered = |number: u32| {
            let place = of_nodes.partition_point(|(old, _)| *old < number);
            let (old, new) = of_nodes.get(place)?;
            (*old == number).then_some(*new)
        };
        for part in &shard.parts {
            let mut known: HashMap<(u32, bool), u32> = HashMap::default();
            let mut set = |number: u32, is_of_groups: bool| {
                *known.entry((number, is_of_groups)).or_insert_with(|| {
                    let renumbered = if is_of_groups { &of_groups } else { &of_nodes };
                    let set = part.sets.get(long(number));
                    set.map_or(nothing, |set| sets.add(set.renumbered(renumbered).collect()))
                })
            };
            for node in &part.nodes {
                let Some(number) = renumbered(node.number) else {
                    continue;
                };
                said.push(NodePart {
                    number,
                    act_as: set(node.act_as, false),
                    raise: set(node.raise, false),
                    unlimit: set(node.unlimit, false),
                    join: set(node.join, true),
                    raise_groups: set(node.raise_groups, true),
                    unlimited: node.unlimited.and_then(renumbered),
                    ..*node
                });
            }
        }
    }
    said.sort_by_key(|node| node.number);
    // What resources grant to an external principal is in the shards of the accounts of these resources.
    graph.nodes = said
        .chunk_by(|one, other| one.number == other.number)
        .map(|said| node(said, &mut sets))
        .collect();
    (graph, arns)
}

/// Returns the node of which shards say these things.
fn node(said: &[NodePart], sets: &mut Numbered<NumberSet>) -> Node<Rc<NumberSet>> {
    let mut gained = |set: fn(&NodePart) -> u32| {
        let mut numbers: Vec<u32> = said.iter().map(set).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let number = if let [number] = *numbers {
            number
        } else {
            let all = numbers.iter().filter_map(|number| sets.get(*number));
            let all = all.flat_map(|set| set.iter()).collect();
            sets.add(all)
        };
        sets.get(number).cloned().unwrap_or_default()
    };
    let surest = |of: fn(&NodePart) -> Option<bool>| said.iter().map(of).max().flatten();
    Node {
        capability: Capability {
            act_as: gained(|node| node.act_as),
            raise: gained(|node| node.raise),
            unlimit: gained(|node| node.unlimit),
            join: gained(|node| node.join),
            raise_groups: gained(|node| node.raise_groups),
            makes_administrator: surest(|node| node.makes_administrator),
        },
        administrator: surest(|node| node.administrator),
        raisable: surest(|node| node.raisable),
        unlimited: said.iter().find_map(|node| node.unlimited).map(long),
    }
}

impl FoundPaths {
    /// Returns the name of a node.
    pub(super) fn name(&self, node: usize) -> Option<&NodeName> {
        self.nodes.get(node).map(|name| &**name)
    }

    /// Returns a step by names, as every shard knows it.
    pub(super) fn named(&self, (by, goal): Step) -> Option<NamedStep> {
        let name = |node: usize| self.name(node).cloned();
        let group = |group: usize| self.groups.get(group).cloned();
        Some(NamedStep {
            by: name(by)?,
            goal: match goal {
                Goal::Become(node) => NamedGoal::Become(name(node)?),
                Goal::Unlimit(node) => NamedGoal::Unlimit(name(node)?),
                Goal::Raise(node) => NamedGoal::Raise(name(node)?),
                Goal::RaiseGroup(number) => NamedGoal::RaiseGroup(group(number)?),
                Goal::Join(number) => NamedGoal::Join(group(number)?),
                Goal::Administrator => NamedGoal::Administrator,
            },
        })
    }

    /// Returns for each shard the numbers of the paths of its sources.
    pub(super) fn by_shard(&self, home: impl Fn(&str) -> Option<usize>) -> Vec<Vec<usize>> {
        let mut by_shard = vec![Vec::new(); self.external.len()];
        let mut of_external: HashMap<usize, usize> = HashMap::default();
        for (number, path) in self.paths.iter().enumerate() {
            match self.name(path.start) {
                Some(name) if name.is_loaded() => {
                    if let Some(paths) = home(name.account()).and_then(|shard| by_shard.get_mut(shard)) {
                        paths.push(number);
                    }
                }
                _ => {
                    of_external.insert(path.start, number);
                }
            }
        }
        for (paths, external) in by_shard.iter_mut().zip(&self.external) {
            paths.extend(external.iter().filter_map(|node| of_external.get(node)));
        }
        by_shard
    }
}
