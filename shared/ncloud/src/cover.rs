//! Finds which targets, actions and resources are covered by which, for policies of thousands of them.
//!
//! Equal texts get equal numbers first. A name without a wildcard covers only itself, so pairs are looked at only
//! where there are wildcards, and among those only where the fixed parts agree.

mod patterns;

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState as Hasher;

use self::patterns::wider_resources;
use crate::action;
use crate::nrn::Nrn;
use crate::steps::{OutOfSteps, Steps};

/// A target as sets of numbered actions and resources.
#[derive(Debug)]
pub(crate) struct NumberedTarget {
    pub(crate) actions: Set,
    pub(crate) resources: Set,
}

/// Holds what a target lists, as numbers.
#[derive(Debug)]
pub(crate) struct Set {
    /// The resources to compare, in order.
    pub(crate) listed: Vec<usize>,
    /// The numbers, sorted, each with its first position.
    pub(crate) distinct: Vec<(usize, usize)>,
    /// The numbers, sorted, without those that another number covers. Sets that cover each other are equal in this
    /// list.
    pub(crate) widest: Vec<usize>,
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
        Self {
            listed,
            distinct,
            widest: Vec::new(),
        }
    }

    /// Returns the first position of the number.
    pub(crate) fn position(&self, id: usize) -> Option<usize> {
        let at = self.distinct.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.distinct.get(at).map(|(_, position)| *position)
    }

    fn keep_widest(&mut self, wider: &Wider) {
        let ids = self.distinct.iter().map(|(id, _)| *id);
        if wider.is_empty() {
            self.widest = ids.collect();
            return;
        }
        self.widest = ids
            .filter(|id| {
                !wider
                    .than(*id)
                    .iter()
                    .any(|wider| self.position(*wider).is_some())
            })
            .collect();
    }

    fn holds(&self, id: usize) -> bool {
        self.widest.binary_search(&id).is_ok()
    }
}

/// Holds for every number the other numbers that cover it.
#[derive(Debug)]
pub(crate) struct Wider {
    /// Says how many numbers there are.
    pub(crate) numbers: usize,
    /// The numbers that cover each number; empty when nothing covers anything.
    than: Vec<Vec<usize>>,
}

impl Wider {
    pub(crate) fn than(&self, id: usize) -> &[usize] {
        self.than.get(id).map_or(&[], Vec::as_slice)
    }

    /// Returns whether no number covers another.
    pub(crate) fn is_empty(&self) -> bool {
        self.than.is_empty()
    }

    /// Returns whether something in the set covers it.
    pub(crate) fn is_covered(&self, id: usize, by: &Set, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        steps.spend(1)?;
        if by.holds(id) {
            return Ok(true);
        }
        for wider in self.than(id) {
            steps.spend(1)?;
            if by.holds(*wider) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether every element of the first set is covered by one of the second.
    pub(crate) fn all_covered(&self, set: &Set, by: &Set, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        for id in &set.widest {
            if !self.is_covered(*id, by, steps)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Numbers for everything that some targets name.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) targets: Vec<NumberedTarget>,
    pub(crate) actions: Wider,
    pub(crate) kinds: KindsOfActions,
    pub(crate) resources: Wider,
}

impl Space {
    /// Numbers the targets, given by product, actions and resources.
    ///
    /// # Errors
    /// [`OutOfSteps`] when too many names would have to be compared.
    pub(crate) fn of<'a>(
        targets: impl Iterator<Item = (&'a str, &'a [&'a str], &'a [Nrn<'a>])> + Clone,
        steps: &mut Steps,
    ) -> Result<Self, OutOfSteps> {
        let lengths = targets
            .clone()
            .map(|(_, actions, resources)| (actions.len(), resources.len()));
        // If the tables had to grow, everything would be numbered twice.
        let (most_actions, most_resources) = lengths.fold((0, 0), |(a, r), (actions, resources)| {
            (a + actions, r + resources)
        });
        let (mut actions, mut resources) = (
            Numbers::with_room(most_actions),
            Numbers::with_room(most_resources),
        );
        let mut numbered: Vec<NumberedTarget> = targets
            .map(|(product, named_actions, named_resources)| NumberedTarget {
                actions: Set::new(
                    named_actions
                        .iter()
                        .map(|action| actions.number((product, *action)))
                        .collect(),
                ),
                resources: Set::new(named_resources.iter().map(|nrn| resources.number(nrn)).collect()),
            })
            .collect();
        let kinds = KindsOfActions::of(&actions);
        let (actions, resources) = (wider_actions(&actions), wider_resources(&resources.known, steps)?);
        for target in &mut numbered {
            target.actions.keep_widest(&actions);
            target.resources.keep_widest(&resources);
        }
        Ok(Self {
            targets: numbered,
            actions,
            kinds,
            resources,
        })
    }

    /// Returns whether one target allows all that another does.
    pub(crate) fn covers(
        &self,
        wide: &NumberedTarget,
        narrow: &NumberedTarget,
        steps: &mut Steps,
    ) -> Result<bool, OutOfSteps> {
        Ok(self.actions.all_covered(&narrow.actions, &wide.actions, steps)?
            && self
                .resources
                .all_covered(&narrow.resources, &wide.resources, steps)?)
    }
}

/// Holds for the number of each `*` among the actions the numbers of `View*` and `Change*` of its product: together
/// these two allow the same.
#[derive(Debug)]
pub(crate) struct KindsOfActions(HashMap<usize, [usize; 2], Hasher>);

impl KindsOfActions {
    fn of(actions: &Numbers<(&str, &str)>) -> Self {
        let number = |product, action| actions.numbers.get(&(product, action)).copied();
        let kinds = actions
            .known
            .iter()
            .enumerate()
            .filter_map(|(id, (product, action))| {
                let kinds = [number(*product, "View*")?, number(*product, "Change*")?];
                (*action == "*").then_some((id, kinds))
            });
        Self(kinds.collect())
    }

    /// Returns the two numbers; `None` for every action except `*`, and where one of the two is not named anywhere.
    pub(crate) fn kinds(&self, id: usize) -> Option<[usize; 2]> {
        self.0.get(&id).copied()
    }
}

struct Numbers<K> {
    numbers: HashMap<K, usize, Hasher>,
    known: Vec<K>,
}

impl<K> Numbers<K> {
    fn with_room(most: usize) -> Self {
        let numbers = HashMap::with_capacity_and_hasher(most, Hasher::default());
        Self {
            numbers,
            known: Vec::with_capacity(most),
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
    let numbers = actions.known.len();
    let is_flat = !actions
        .known
        .iter()
        .any(|(_, action)| action::is_wildcard(action));
    Wider {
        numbers,
        than: if is_flat {
            Vec::new()
        } else {
            actions.known.iter().map(wider).collect()
        },
    }
}
