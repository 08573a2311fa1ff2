//! Holds what decisions on needed actions read, and what they have found out before.

use super::answers::Answers;
use super::limits::Limits;
use super::needed::{NeededAction, NeededActions};
use super::subjects::Subjects;
use crate::aws::data::{CompiledDocument, PrincipalClass, Snapshot};
use crate::aws::effective::{Dests, PossibleGrant};
use iam::context::Context;

/// Decides what policies grant of the needed actions, over one snapshot
#[derive(Debug)]
pub(super) struct Granting<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) subjects: &'s Subjects,
    pub(super) needed_actions: &'s NeededActions,
    /// Says nothing about a request: it shows whether a trust policy can name a principal at all
    pub(super) open: Context,
    /// The destinations that documents name
    pub(super) dests: Dests,
    pub(super) answers: Answers,
    pub(super) limits: Limits,
}

impl<'s> Granting<'s> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        subjects: &'s Subjects,
        needed_actions: &'s NeededActions,
    ) -> Self {
        Self {
            snapshot,
            subjects,
            needed_actions,
            open: Context::open(),
            dests: Dests::default(),
            answers: Answers::default(),
            limits: Limits::default(),
        }
    }

    /// Returns what a document may grant a principal class of a needed action, while nothing is known of the request.
    pub(super) fn grant<'q>(
        &'q self,
        class: &'q PrincipalClass,
        document: &'q CompiledDocument,
        needed: &NeededAction,
    ) -> PossibleGrant<'q> {
        PossibleGrant {
            snapshot: self.snapshot,
            class,
            document,
            action: needed.action,
            known: &self.open,
        }
    }
}
