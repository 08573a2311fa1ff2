//! The identity of a row, and the total order of all rows.

use super::row_id;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The identity of a row; members in the order by which rows are sorted
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key<'k> {
    pub(crate) source: &'k str,
    pub(crate) action: &'k str,
    pub(crate) dest: &'k str,
    pub(crate) resource_type: &'k str,
    pub(crate) policy: &'k str,
    pub(crate) entity: &'k str,
    /// The kind of the source, where a source of another kind can have the same id
    #[serde(borrow)]
    pub(crate) source_kind: Option<&'k str>,
}

impl Key<'_> {
    pub(crate) fn row_id(&self) -> String {
        let parts = [
            self.source,
            self.action,
            self.dest,
            self.resource_type,
            self.entity,
            self.policy,
        ];
        row_id(parts.into_iter().chain(self.source_kind))
    }

    const fn members(&self) -> [&str; 6] {
        [
            self.source,
            self.action,
            self.dest,
            self.resource_type,
            self.policy,
            self.entity,
        ]
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let members = self.members().cmp(&other.members());
        // Hashing is for the few rows that nothing else tells apart.
        members.then_with(|| {
            if self.source_kind == other.source_kind {
                Ordering::Equal
            } else {
                self.row_id().cmp(&other.row_id())
            }
        })
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
