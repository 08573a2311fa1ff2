//! Works out what the predicates about actions come to for every action, once for a query.

use super::outcomes::Outcomes;
use crate::aws::data::Snapshot;
use crate::aws::data::actions::AccessLevel;
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

impl ActionOutcomes {
    /// Works out the outcomes of the predicates of some leaves; `None` stands for a leaf that is no predicate.
    pub(super) fn of<'q>(
        snapshot: &Snapshot,
        predicates: impl Iterator<Item = Option<&'q Predicate>>,
    ) -> Self {
        let count = usize::try_from(snapshot.actions.count()).unwrap_or(0);
        let mut outcomes = vec![Outcomes::default(); count];
        for (place, predicate) in predicates.enumerate() {
            let Some(predicate) = predicate else {
                continue;
            };
            let holds = of_actions(snapshot, predicate);
            for (slot, _) in outcomes.iter_mut().zip(holds).filter(|(_, holds)| *holds) {
                *slot = slot.with(place);
            }
        }
        let mut known: HashMap<Outcomes, u32> = HashMap::default();
        let mut distinct = Vec::new();
        let mut last = None;
        let numbers = outcomes.into_iter().map(|outcome| {
            // Neighbours are mostly alike.
            if let Some((_, number)) = last.filter(|(one, _)| *one == outcome) {
                return number;
            }
            let number = *known.entry(outcome).or_insert_with(|| {
                distinct.push(outcome);
                u32::try_from(distinct.len().saturating_sub(1)).unwrap_or(u32::MAX)
            });
            last = Some((outcome, number));
            number
        });
        Self {
            numbers: numbers.collect(),
            distinct,
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

/// The outcome of a predicate about actions alone, for every action.
fn of_actions(snapshot: &Snapshot, predicate: &Predicate) -> Vec<bool> {
    let actions = (0..snapshot.actions.count()).filter_map(|number| snapshot.actions.get(number));
    let count = usize::try_from(snapshot.actions.count()).unwrap_or(0);
    // Names that are given whole are looked up instead of compared with 22,000 others.
    let named = |names: &mut dyn Iterator<Item = &str>, negated: bool| {
        let mut outcomes = vec![negated; count];
        for lower in names {
            let number = snapshot.actions.find(lower);
            let number = number.and_then(|number| usize::try_from(number).ok());
            if let Some(slot) = number.and_then(|number| outcomes.get_mut(number)) {
                *slot = !negated;
            }
        }
        outcomes
    };
    match predicate {
        Predicate::ContainsAll { actions } => named(&mut actions.distinct(), false),
        Predicate::Bool { negated, value, .. } => {
            let holds = |administrative: bool| (administrative == *value) != *negated;
            actions.map(|action| holds(action.administrative)).collect()
        }
        Predicate::Text {
            attribute: TextAttribute::ActionAccessLevel,
            test,
        } => actions
            .map(|action| test.holds(action.level.map(AccessLevel::as_str)))
            .collect(),
        Predicate::Text { test, .. } => match &test.matcher {
            TextMatch::Equals(literal) => named(&mut std::iter::once(literal.lowered()), test.negated),
            TextMatch::In(list) => named(&mut list.distinct(), test.negated),
            TextMatch::Like(_)
            | TextMatch::StartsWith(_)
            | TextMatch::EndsWith(_)
            | TextMatch::Contains(_) => actions.map(|action| test.holds([&*action.name])).collect(),
        },
        Predicate::Accounts { .. }
        | Predicate::Covers { .. }
        | Predicate::Int { .. }
        | Predicate::Tag { .. }
        | Predicate::Condition { .. } => vec![false; count],
    }
}
