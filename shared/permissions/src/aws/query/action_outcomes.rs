//! Works out what the predicates about actions come to for every action, once for a query.

use super::outcomes::Outcomes;
use crate::aws::data::Snapshot;
use crate::aws::data::actions::{AccessLevel, Action};
use foldhash::HashMap;
use rql::{Predicate, TextAttribute, TextMatch};
use std::sync::{Arc, Mutex, PoisonError};

/// The outcomes of some leaves for every action
#[derive(Debug)]
pub(super) struct ActionOutcomes {
    /// The number of the outcomes of each action
    numbers: Vec<u32>,
    pub(super) distinct: Vec<Outcomes>,
}

/// Outcomes that are known, by the leaves
#[derive(Debug, Default)]
pub(super) struct KnownActions(Mutex<HashMap<Vec<usize>, Arc<ActionOutcomes>>>);

impl KnownActions {
    /// Returns the outcomes of some leaves about actions, which `work_out` makes when they are not known yet.
    pub(super) fn get(
        &self,
        leaves: &[usize],
        work_out: impl FnOnce() -> ActionOutcomes,
    ) -> Arc<ActionOutcomes> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outcomes = known
            .entry(leaves.to_vec())
            .or_insert_with(|| Arc::new(work_out()));
        Arc::clone(outcomes)
    }
}

/// The actions for which a predicate holds, or all others
struct Holding {
    actions: Vec<u32>,
    negated: bool,
}

impl ActionOutcomes {
    /// Works out the outcomes of the predicates of some leaves; `None` stands for a leaf that is no predicate.
    pub(super) fn of<'q>(
        snapshot: &Snapshot,
        predicates: impl Iterator<Item = Option<&'q Predicate>>,
    ) -> Self {
        let count = usize::try_from(snapshot.actions.count()).unwrap_or(0);
        let mut outcomes = Self {
            numbers: vec![0; count],
            distinct: vec![Outcomes::default()],
        };
        for (place, predicate) in predicates.enumerate() {
            if let Some(predicate) = predicate {
                outcomes.add(place, &holding(snapshot, predicate));
            }
        }
        outcomes
    }

    /// Adds the outcome of one more leaf. Only the actions that it names are looked at.
    fn add(&mut self, place: usize, holding: &Holding) {
        let without = self.distinct.clone();
        let with: Vec<Outcomes> = without.iter().map(|one| one.with(place)).collect();
        let (named, others) = if holding.negated {
            (without, with)
        } else {
            (with, without)
        };
        self.distinct = others;
        let mut numbers: Vec<Option<u32>> = vec![None; named.len()];
        for &action in &holding.actions {
            let slot = usize::try_from(action)
                .ok()
                .and_then(|action| self.numbers.get_mut(action));
            let Some(slot) = slot else { continue };
            let number = usize::try_from(*slot).unwrap_or(usize::MAX);
            // An action that is named twice has its number already.
            if let (Some(new), Some(outcomes)) = (numbers.get_mut(number), named.get(number)) {
                *slot = *new.get_or_insert_with(|| {
                    self.distinct.push(*outcomes);
                    u32::try_from(self.distinct.len().saturating_sub(1)).unwrap_or(u32::MAX)
                });
            }
        }
    }

    /// Returns the number of an action's outcomes.
    pub(super) fn number(&self, action: u32) -> Option<usize> {
        let number = self.numbers.get(usize::try_from(action).ok()?)?;
        usize::try_from(*number).ok()
    }

    /// Returns the actions, ascending, whose outcomes are among those that are marked.
    pub(super) fn actions_with(&self, marked: &[bool]) -> Vec<u32> {
        let is_marked = |number: &u32| {
            let number = usize::try_from(*number).ok();
            number.and_then(|number| marked.get(number)) == Some(&true)
        };
        let actions = self.numbers.iter().zip(0..);
        actions
            .filter(|(number, _)| is_marked(number))
            .map(|(_, action)| action)
            .collect()
    }
}

/// Returns the actions for which a predicate about actions alone holds.
fn holding(snapshot: &Snapshot, predicate: &Predicate) -> Holding {
    let actions =
        || (0..snapshot.actions.count()).filter_map(|number| Some((number, snapshot.actions.get(number)?)));
    let those = |holds: &dyn Fn(&Action) -> bool| Holding {
        actions: actions()
            .filter(|(_, action)| holds(action))
            .map(|(number, _)| number)
            .collect(),
        negated: false,
    };
    // Whole names are looked up, and not compared with 22,000 others.
    let named = |names: &mut dyn Iterator<Item = &str>, negated: bool| Holding {
        actions: names.filter_map(|lower| snapshot.actions.find(lower)).collect(),
        negated,
    };
    match predicate {
        Predicate::ContainsAll { actions } => named(&mut actions.distinct(), false),
        Predicate::Bool { negated, value, .. } => {
            those(&|action| (action.administrative == *value) != *negated)
        }
        Predicate::Text {
            attribute: TextAttribute::ActionAccessLevel,
            test,
        } => {
            let known = AccessLevel::ALL.map(Some).into_iter().chain([None]);
            let levels: Vec<_> = known
                .filter(|level| test.holds(level.map(AccessLevel::as_str)))
                .collect();
            those(&|action| levels.contains(&action.level))
        }
        Predicate::Text { test, .. } => match &test.matcher {
            TextMatch::Equals(literal) => named(&mut std::iter::once(literal.lowered()), test.negated),
            TextMatch::In(list) => named(&mut list.distinct(), test.negated),
            TextMatch::Like(_)
            | TextMatch::StartsWith(_)
            | TextMatch::EndsWith(_)
            | TextMatch::Contains(_) => those(&|action| test.holds([&*action.name])),
        },
        Predicate::Accounts { .. }
        | Predicate::Covers { .. }
        | Predicate::Int { .. }
        | Predicate::Tag { .. }
        | Predicate::Condition { .. } => those(&|_| false),
    }
}
