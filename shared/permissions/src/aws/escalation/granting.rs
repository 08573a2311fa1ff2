//! Holds what decisions on needed actions read, and what they have found out before.

use super::answers::Answers;
use super::limits::Limits;
use super::needed::NeededActions;
use super::subjects::Subjects;
use crate::aws::data::Snapshot;
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
}
