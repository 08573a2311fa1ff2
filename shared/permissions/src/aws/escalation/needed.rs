//! Numbers the actions that methods need.

use super::methods::{METHODS, Method, Need, PASS_ROLE, Subject};
use super::ways::Ways;
use crate::aws::data::Snapshot;
use std::rc::Rc;

/// A need of a method, for a role that is passed together with the service
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NeededAction {
    pub(super) need: Need,
    pub(super) passed_to: Option<&'static str>,
    pub(super) action: u32,
}

/// All needed actions, and which of them each method has
#[derive(Debug, Default)]
pub(super) struct NeededActions {
    pub(super) all: Vec<NeededAction>,
    /// The needed actions by the number of a method
    by_method: Vec<Vec<usize>>,
}

/// Holds the needed actions that a document or a table grants: the number of the needed action, and the objects on which it is granted
pub(super) type Granted = Vec<(usize, Rc<Ways>)>;

impl NeededAction {
    /// Returns whether requests of the needed action name the permissions boundary of the object.
    pub(super) fn tells_boundary(&self) -> bool {
        self.passed_to.is_none()
            && matches!(self.need.subject, Subject::User | Subject::Role)
            && self.need.action.starts_with("iam:")
            && !self.need.action.ends_with("PermissionsBoundary")
    }

    /// Returns whether the action assumes a role.
    pub(super) fn is_assumption(&self) -> bool {
        self.need.action.starts_with("sts:")
    }
}

impl NeededActions {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut needed_actions = Self::default();
        for method in &METHODS {
            let passed = method.passed_to().map(|service| (PASS_ROLE, Some(service)));
            let needs = method.needs.iter().map(|need| (*need, None));
            let numbers = passed.into_iter().chain(needs);
            let numbers =
                numbers.filter_map(|(need, passed_to)| needed_actions.number(snapshot, need, passed_to));
            let numbers: Vec<usize> = numbers.collect();
            needed_actions.by_method.push(numbers);
        }
        needed_actions
    }

    fn number(&mut self, snapshot: &Snapshot, need: Need, passed_to: Option<&'static str>) -> Option<usize> {
        let action = snapshot.actions.find(&need.action.to_lowercase())?;
        let needed_action = NeededAction {
            need,
            passed_to,
            action,
        };
        let known = self.all.iter().position(|one| *one == needed_action);
        Some(known.unwrap_or_else(|| {
            self.all.push(needed_action);
            self.all.len().saturating_sub(1)
        }))
    }

    /// Returns the methods with their needed actions. A method with an action that the snapshot does not know is left out.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&'static Method, &[usize])> {
        let methods = METHODS.iter().zip(&self.by_method);
        methods
            .filter(|(method, needed_actions)| {
                needed_actions.len()
                    == method
                        .needs
                        .len()
                        .saturating_add(usize::from(method.passed_to().is_some()))
            })
            .map(|(method, needed_actions)| (method, needed_actions.as_slice()))
    }
}
