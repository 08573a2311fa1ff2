//! Says what documents may allow actions on, worked out once for all who hold a document.

use super::Builder;
use crate::aws::data::DocumentId;
use std::collections::BTreeSet;

/// Says what a document may allow actions on
#[derive(Debug, Clone, Copy)]
pub(super) struct AllowedOn {
    /// Says whether it may be resources of a service of which some resources have policies
    pub(super) has_policies: bool,
    /// Says whether it may be sessions
    pub(super) has_sessions: bool,
}

impl Builder<'_> {
    /// Returns what the Allow statements of a document may be about.
    pub(super) fn allowed_on(&mut self, document: DocumentId) -> AllowedOn {
        if let Some(known) = self.allowed_on.get(&document) {
            return *known;
        }
        let allowed_on = AllowedOn {
            has_policies: self.documents.reaches(document, &self.policy_services),
            has_sessions: self.documents.reaches(document, &BTreeSet::from(["sts".into()])),
        };
        self.allowed_on.insert(document, allowed_on);
        allowed_on
    }
}
