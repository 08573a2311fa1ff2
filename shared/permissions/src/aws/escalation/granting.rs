//! Holds what decisions on needed actions read, and what they have found out before.

use super::answers::Answers;
use super::limits::Limits;
use super::needed::{NeededAction, NeededActions};
use super::subjects::Subjects;
use crate::aws::data::{CompiledDocument, PrincipalClass, Snapshot};
use crate::aws::effective::Question;
use iam::context::Context;

/// Decides what policies grant of the needed actions, over one snapshot
#[derive(Debug)]
pub(super) struct Granting<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) subjects: &'s Subjects,
    pub(super) asks: &'s NeededActions,
    /// Says nothing about a request: it shows whether a trust policy can name a principal at all
    pub(super) open: Context,
    pub(super) answers: Answers,
    pub(super) limits: Limits,
}

impl<'s> Granting<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, subjects: &'s Subjects, asks: &'s NeededActions) -> Self {
        Self {
            snapshot,
            subjects,
            asks,
            open: Context::open(),
            answers: Answers::default(),
            limits: Limits::default(),
        }
    }

    /// Returns the question whether a document grants a principal class what is needed, while nothing is known of the request.
    pub(super) fn question<'q>(
        &'q self,
        class: &'q PrincipalClass,
        document: &'q CompiledDocument,
        needed: &NeededAction,
    ) -> Question<'q> {
        Question {
            snapshot: self.snapshot,
            class,
            document,
            action: needed.action,
            known: &self.open,
        }
    }
}
