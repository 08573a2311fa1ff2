//! Finds who can become an administrator in any number of steps.
//!
//! Somebody starts with one principal and captures others. All that were captured act together: one may change the policies of
//! another. A source reaches administrator when it captures an administrator, or somebody whose policies it can change.

use super::capabilities::Capability;
use super::ways::{AtLevels, Level, Ways, insert};
use fixedbitset::FixedBitSet;

/// A principal with what it gains in one step
#[derive(Debug, Default)]
pub(super) struct Node<W = Ways> {
    pub(super) capability: Capability<W>,
    /// Says whether the principal is an administrator already
    pub(super) administrator: Option<bool>,
    /// Says whether a loaded principal would be an administrator with a policy that allows everything
    pub(super) raisable: Option<bool>,
    /// The same principal without its permissions boundary, by number
    pub(super) unlimited: Option<usize>,
}

/// All principals, and the groups that users can be added to
#[derive(Debug, Default)]
pub(super) struct Graph<W = Ways> {
    /// Loaded principals first, with the numbers that subjects have
    pub(super) nodes: Vec<Node<W>>,
    /// The users of the account of each group
    pub(super) joining: Vec<W>,
    /// Groups that make their members administrators
    pub(super) administrator_groups: FixedBitSet,
}

/// Says how a path ends
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The node is an administrator
    Holds(usize),
    /// The node makes an administrator of its own
    Makes(usize),
    /// The first node changes the policies of the second one
    Raises(usize, usize),
    /// The first node adds the user to the group; the third changes the policies of the group, unless it is one of
    /// administrators
    Joins(usize, usize, usize, Option<usize>),
}

/// Says how a node was captured
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Start,
    /// The node was captured because another node can act as it
    Acting(usize),
    /// The first node took away the boundary of the second
    Unlimited(usize, usize),
}

/// Holds everything that was captured
#[derive(Debug, Clone, Default)]
struct Captured {
    nodes: FixedBitSet,
    raise: FixedBitSet,
    unlimit: FixedBitSet,
    join: FixedBitSet,
    raise_groups: FixedBitSet,
}

/// A search from one node
#[derive(Debug, Default)]
pub(super) struct Search {
    captured: Captured,
    /// The captured nodes in the order of capture, each with how it was captured
    pub(super) from: Vec<(usize, From)>,
    pub(super) end: Option<End>,
}

/// Holds what is known of all nodes
#[derive(Debug)]
pub(super) struct Outcomes {
    reaches: FixedBitSet,
    /// Holds what the nodes capture that do not reach administrator
    closed: Vec<Option<Box<Captured>>>,
}

impl<W> Node<W> {
    /// Returns whether every search ends at this node: it is an administrator, or makes one, whatever a request says.
    pub(super) fn is_certain_end(&self) -> bool {
        self.administrator == Some(true) || self.capability.makes_administrator == Some(true)
    }
}

impl Captured {
    fn add<W: AtLevels>(&mut self, capability: &Capability<W>, level: Level) {
        capability.raise.add_to(level, &mut self.raise);
        capability.unlimit.add_to(level, &mut self.unlimit);
        capability.join.add_to(level, &mut self.join);
        capability.raise_groups.add_to(level, &mut self.raise_groups);
    }

    fn unite(&mut self, other: &Self) {
        self.nodes.union_with(&other.nodes);
        self.raise.union_with(&other.raise);
        self.unlimit.union_with(&other.unlimit);
        self.join.union_with(&other.join);
        self.raise_groups.union_with(&other.raise_groups);
    }
}

const fn holds(certain: Option<bool>, level: Level) -> bool {
    match level {
        Level::Certain => matches!(certain, Some(true)),
        Level::Possible => certain.is_some(),
    }
}

impl<W: AtLevels> Graph<W> {
    /// Returns the nodes that reach administrator at a level.
    pub(super) fn outcomes(&self, level: Level) -> FixedBitSet {
        let mut outcomes = Outcomes {
            reaches: FixedBitSet::with_capacity(self.nodes.len()),
            closed: Vec::new(),
        };
        outcomes.closed.resize_with(self.nodes.len(), || None);
        for start in 0..self.nodes.len() {
            let search = self.search(start, level, Some(&outcomes));
            if search.end.is_some() {
                outcomes.reaches.insert(start);
            } else if search.from.len() > 1
                && let Some(slot) = outcomes.closed.get_mut(start)
            {
                *slot = Some(Box::new(search.captured));
            }
        }
        outcomes.reaches
    }

    /// Searches from a node, nearest first. What is known already ends the search early. The end then says only that
    /// there is a path.
    pub(super) fn search(&self, start: usize, level: Level, known: Option<&Outcomes>) -> Search {
        let mut search = Search::default();
        insert(&mut search.captured.nodes, start);
        search.from.push((start, From::Start));
        let mut next = 0;
        loop {
            let layer = search.from.len();
            let frontier: Vec<usize> = search
                .from
                .get(next..)
                .unwrap_or_default()
                .iter()
                .map(|(node, _)| *node)
                .collect();
            for &number in &frontier {
                if let Some(end) = self.arrives(number, level, known) {
                    search.end = Some(end);
                    return search;
                }
            }
            for &number in &frontier {
                if let Some(node) = self.nodes.get(number) {
                    search.captured.add(&node.capability, level);
                }
                let closed = known.and_then(|known| known.closed.get(number)?.as_deref());
                if let Some(closed) = closed {
                    search.captured.unite(closed);
                }
            }
            search.end = self.ends_together(&search.captured, level);
            if search.end.is_some() {
                return search;
            }
            for &number in &frontier {
                self.step(number, level, known, &mut search);
            }
            self.lift(level, &mut search);
            next = layer;
            if search.from.len() == layer {
                return search;
            }
        }
    }

    fn arrives(&self, number: usize, level: Level, known: Option<&Outcomes>) -> Option<End> {
        let node = self.nodes.get(number)?;
        if holds(node.administrator, level) || known.is_some_and(|known| known.reaches.contains(number)) {
            return Some(End::Holds(number));
        }
        holds(node.capability.makes_administrator, level).then_some(End::Makes(number))
    }

    /// Captures all nodes as which a node can act.
    fn step(&self, number: usize, level: Level, known: Option<&Outcomes>, search: &mut Search) {
        let Some(node) = self.nodes.get(number) else {
            return;
        };
        if known.is_some_and(|known| known.closed.get(number).is_some_and(Option::is_some)) {
            return;
        }
        let captured = &search.captured.nodes;
        let new: Vec<usize> = node.capability.act_as.beyond(level, captured).collect();
        for other in new {
            insert(&mut search.captured.nodes, other);
            search.from.push((other, From::Acting(number)));
        }
    }

    /// Captures principals without their boundaries, when captured principals can take the boundaries away.
    fn lift(&self, level: Level, search: &mut Search) {
        let captured = &search.captured;
        let lifted: Vec<(usize, usize)> = captured
            .unlimit
            .intersection(&captured.nodes)
            .filter_map(|number| Some((number, self.nodes.get(number)?.unlimited?)))
            .filter(|(_, unlimited)| !captured.nodes.contains(*unlimited))
            .collect();
        for (number, unlimited) in lifted {
            let by = self.first(&search.captured, |capability| {
                capability.unlimit.has(level, number)
            });
            insert(&mut search.captured.nodes, unlimited);
            let from = From::Unlimited(by.unwrap_or(number), number);
            search.from.push((unlimited, from));
        }
    }

    /// Returns what the captured principals can do together.
    fn ends_together(&self, captured: &Captured, level: Level) -> Option<End> {
        // A principal gains by another policy in the form in which it was captured: with its boundary, or without.
        let raisable = |number: usize| {
            let unlimited = self.nodes.get(number).and_then(|node| node.unlimited);
            let captured = unlimited.filter(|unlimited| captured.nodes.contains(*unlimited));
            let mut nodes = [Some(number), captured].into_iter().flatten();
            nodes.find(|node| {
                self.nodes
                    .get(*node)
                    .is_some_and(|node| holds(node.raisable, level))
            })
        };
        let mut raised = captured.raise.intersection(&captured.nodes);
        if let Some((number, raised)) = raised.find_map(|number| Some((number, raisable(number)?))) {
            let by = self.first(captured, |capability| capability.raise.has(level, number));
            return Some(End::Raises(by.unwrap_or(raised), raised));
        }
        let mut open = captured.join.ones().filter(|group| {
            self.administrator_groups.contains(*group) || captured.raise_groups.contains(*group)
        });
        let (group, user) = open.find_map(|group| {
            let users = self.joining.get(group)?;
            let mut users = users.within(Level::Possible, &captured.nodes);
            Some((group, users.find_map(raisable)?))
        })?;
        let by = self.first(captured, |capability| capability.join.has(level, group))?;
        let changing = (!self.administrator_groups.contains(group))
            .then(|| self.first(captured, |capability| capability.raise_groups.has(level, group)));
        Some(End::Joins(by, user, group, changing.flatten()))
    }

    fn first(&self, captured: &Captured, can: impl Fn(&Capability<W>) -> bool) -> Option<usize> {
        captured
            .nodes
            .ones()
            .find(|number| self.nodes.get(*number).is_some_and(|node| can(&node.capability)))
    }
}
