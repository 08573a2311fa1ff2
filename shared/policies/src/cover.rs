//! Which targets, actions and resources are covered by which, for policies of thousands of them.
//!
//! Equal texts get equal numbers first. A name without a wildcard covers only itself, so pairs are looked at only
//! where there are wildcards, and among those only where the fixed parts agree.

use std::collections::HashMap;
use std::hash::Hash;

use crate::action;
use crate::nrn::Nrn;

/// A target as sets of numbered actions and resources.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) actions: Set,
    pub(crate) resources: Set,
}

/// Numbers in the order in which they are listed, and sorted with their first positions.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) listed: Vec<usize>,
    pub(crate) distinct: Vec<(usize, usize)>,
}

impl Set {
    fn new(listed: Vec<usize>) -> Self {
        let mut distinct: Vec<_> = listed
            .iter()
            .enumerate()
            .map(|(position, id)| (*id, position))
            .collect();
        distinct.sort_unstable();
        distinct.dedup_by_key(|(id, _)| *id);
        Self { listed, distinct }
    }

    /// First position of the number.
    pub(crate) fn position(&self, id: usize) -> Option<usize> {
        let at = self.distinct.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.distinct.get(at).map(|(_, position)| *position)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = usize> + '_ {
        self.distinct.iter().map(|(id, _)| *id)
    }
}

/// For every number the other numbers that cover it.
#[derive(Debug, Default)]
pub(crate) struct Wider(Vec<Vec<usize>>);

impl Wider {
    pub(crate) fn than(&self, id: usize) -> &[usize] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether something in the set covers it.
    pub(crate) fn is_covered(&self, id: usize, by: &Set) -> bool {
        by.position(id).is_some() || self.than(id).iter().any(|wider| by.position(*wider).is_some())
    }

    /// Whether every element of the first set is covered by one of the second.
    pub(crate) fn all_covered(&self, set: &Set, by: &Set) -> bool {
        set.ids().all(|id| self.is_covered(id, by))
    }
}

/// Numbers for everything that some targets name.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) grants: Vec<Grant>,
    pub(crate) actions: Wider,
    pub(crate) resources: Wider,
}

impl Space {
    /// Numbers the targets, given by product, actions and resources.
    pub(crate) fn of<'a>(targets: impl Iterator<Item = (&'a str, &'a [&'a str], &'a [Nrn<'a>])>) -> Self {
        let (mut actions, mut resources) = (Numbers::default(), Numbers::default());
        let grants = targets
            .map(|(product, named_actions, named_resources)| Grant {
                actions: Set::new(
                    named_actions
                        .iter()
                        .map(|action| actions.number((product, *action)))
                        .collect(),
                ),
                resources: Set::new(named_resources.iter().map(|nrn| resources.number(nrn)).collect()),
            })
            .collect();
        Self {
            grants,
            actions: wider_actions(&actions),
            resources: wider_resources(&resources.known),
        }
    }

    /// Whether one target allows all that another does.
    pub(crate) fn covers(&self, wide: &Grant, narrow: &Grant) -> bool {
        self.actions.all_covered(&narrow.actions, &wide.actions)
            && self.resources.all_covered(&narrow.resources, &wide.resources)
    }
}

struct Numbers<K> {
    numbers: HashMap<K, usize>,
    known: Vec<K>,
}

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            known: Vec::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> Numbers<K> {
    fn number(&mut self, key: K) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.known.push(key);
            self.known.len() - 1
        })
    }
}

fn wider_actions(actions: &Numbers<(&str, &str)>) -> Wider {
    let wider = |(product, action): &(&str, &str)| {
        let wildcards = action::wider(action).iter();
        wildcards
            .filter_map(|wildcard| actions.numbers.get(&(*product, *wildcard)).copied())
            .collect()
    };
    Wider(actions.known.iter().map(wider).collect())
}

/// The fixed parts of a pattern; `None` where it has a `*`. The resource is fixed up to its first `*`.
#[derive(PartialEq, Eq, Hash)]
struct Fixed<'a> {
    product: &'a str,
    domain: Option<&'a str>,
    region: Option<&'a str>,
    member: Option<&'a str>,
    prefix: &'a str,
}

/// Which parts of a pattern are fixed, and how many bytes of the resource.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    domain: bool,
    region: bool,
    member: bool,
    prefix: usize,
}

impl Shape {
    fn of(pattern: &Nrn<'_>) -> Self {
        let resource = pattern.resource();
        Self {
            domain: pattern.domain() != "*",
            region: pattern.region() != "*",
            member: pattern.member() != "*",
            prefix: resource.find('*').unwrap_or(resource.len()),
        }
    }

    /// The name's parts that are fixed in patterns of this shape; `None` when it is too short for the prefix.
    fn parts<'a>(self, nrn: &'a Nrn<'_>) -> Option<Fixed<'a>> {
        Some(Fixed {
            product: nrn.product(),
            domain: self.domain.then(|| nrn.domain()),
            region: self.region.then(|| nrn.region()),
            member: self.member.then(|| nrn.member()),
            prefix: nrn.resource().get(..self.prefix)?,
        })
    }
}

/// For each name a look-up by every shape that occurs, then a match with the patterns found. There are few
/// shapes (at most 8 times 128), and patterns of one shape with equal fixed parts differ only behind their first
/// `*`; comparing every name with every pattern takes a hundred times as long for a large policy.
fn wider_resources(names: &[&Nrn<'_>]) -> Wider {
    let mut shapes: Vec<Shape> = Vec::new();
    let mut patterns: HashMap<(Shape, Option<Fixed<'_>>), Vec<usize>> = HashMap::new();
    for (id, name) in names.iter().enumerate().filter(|(_, name)| name.is_pattern()) {
        let shape = Shape::of(name);
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
        patterns.entry((shape, shape.parts(name))).or_default().push(id);
    }
    let mut wider = vec![Vec::new(); names.len()];
    for (id, (name, wider)) in names.iter().zip(&mut wider).enumerate() {
        for shape in &shapes {
            let candidates = patterns
                .get(&(*shape, shape.parts(name)))
                .map_or(&[][..], Vec::as_slice);
            let covers =
                |pattern: &usize| *pattern != id && names.get(*pattern).is_some_and(|p| p.covers(name));
            wider.extend(candidates.iter().copied().filter(covers));
        }
    }
    Wider(wider)
}
