//! Works out what the actions of rows leave of a class.

use super::action_outcomes::ActionOutcomes;
use super::classes::{ClassId, Classes};
use super::condition::Node;
use super::plan::Stage;
use crate::aws::effective::KindActions;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Says what every action leaves of a class
pub(super) struct ClassByAction {
    outcomes: Arc<ActionOutcomes>,
    /// Says what is left for each of the outcomes
    left: Vec<Left>,
    /// The actions that can pass, ascending
    pub(super) possible: Vec<u32>,
    /// Says of the actions of rows of one kind, by number, what they leave of the class
    of_kinds: RefCell<Vec<Option<LeftOfKind>>>,
}

/// Says how many actions leave what; those that leave nothing are left out
pub(super) type LeftOfKind = Rc<[(Left, usize)]>;

/// Says what an action leaves of a class
#[derive(Debug, Clone, Copy)]
pub(super) enum Left {
    /// All rows pass
    All,
    None,
    /// The rows that pass a class
    Open(ClassId),
}

impl ClassByAction {
    pub(super) fn left(&self, action: u32) -> Option<Left> {
        self.left.get(self.outcomes.number(action)?).copied()
    }

    /// Returns the next action from a number on that can pass.
    pub(super) fn next(&self, action: u32) -> Option<u32> {
        let next = self.possible.partition_point(|&one| one < action);
        self.possible.get(next).copied()
    }

    /// Returns what the actions of rows of one kind leave of the class. Most kinds have the same actions as others.
    pub(super) fn of_kind(&self, kind: &KindActions) -> LeftOfKind {
        let number = usize::try_from(kind.number).unwrap_or(usize::MAX);
        let mut known = self.of_kinds.borrow_mut();
        if known.len() <= number {
            known.resize(number.saturating_add(1), None);
        }
        match known.get_mut(number) {
            Some(slot) => Rc::clone(slot.get_or_insert_with(|| self.divided(&kind.actions))),
            None => self.divided(&kind.actions),
        }
    }

    fn divided(&self, actions: &[u32]) -> LeftOfKind {
        let mut counts = vec![0_usize; self.left.len()];
        for number in actions.iter().filter_map(|&action| self.outcomes.number(action)) {
            if let Some(count) = counts.get_mut(number) {
                *count = count.saturating_add(1);
            }
        }
        let counts = self.left.iter().copied().zip(counts);
        counts
            .filter(|(left, count)| *count > 0 && !matches!(left, Left::None))
            .collect()
    }
}

impl Classes<'_, '_> {
    /// Says whether a class is decided already.
    pub(super) fn left_of(&self, class: ClassId) -> Left {
        match self.get(class).map(|class| &*class.node) {
            Some(Node::True) => Left::All,
            Some(Node::False) | None => Left::None,
            Some(_) => Left::Open(class),
        }
    }

    pub(super) fn actions(&self, class: ClassId) -> Option<Rc<ClassByAction>> {
        self.get(class)?.by_action.clone()
    }

    pub(super) fn prepare_actions(&mut self, class: ClassId) {
        if self.actions(class).is_some() {
            return;
        }
        let plan = self.plan;
        let leaves: Vec<usize> = plan
            .at(Stage::Action)
            .into_iter()
            .filter(|leaf| {
                self.get(class)
                    .is_some_and(|class| class.node.any_leaf(&|one| one == *leaf))
            })
            .collect();
        let outcomes = plan.action_outcomes(&leaves);
        let distinct = outcomes.distinct.iter();
        let left: Vec<Left> = distinct
            .map(|outcome| {
                let class = self.fixed(class, |node| outcome.of(&leaves, node));
                self.left_of(class)
            })
            .collect();
        let can_pass: Vec<bool> = left.iter().map(|left| !matches!(left, Left::None)).collect();
        let possible = outcomes.actions_with(&can_pass);
        let actions = Rc::new(ClassByAction {
            outcomes,
            left,
            possible,
            of_kinds: RefCell::default(),
        });
        if let Some(class) = self.get_mut(class) {
            class.by_action = Some(actions);
        }
    }
}
