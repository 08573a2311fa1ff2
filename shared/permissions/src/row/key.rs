//! Defines the identity of a row, and the total order of all rows.

use super::row_id;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The identity of a row; members in the order by which rows are sorted
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'k> {
    pub(crate) source: &'k str,
    pub(crate) action: &'k str,
    pub(crate) dest: &'k str,
    pub(crate) resource_type: &'k str,
    pub(crate) policy: &'k str,
    pub(crate) entity: &'k str,
    /// The kind of the source, where a source of another kind can have the same id
    pub(crate) source_kind: Option<&'k str>,
}

/// The identity of a row of another shard
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnedKey {
    source: String,
    action: String,
    dest: String,
    resource_type: String,
    policy: String,
    entity: String,
    source_kind: Option<String>,
}

impl OwnedKey {
    pub(crate) fn get(&self) -> Key<'_> {
        Key {
            source: &self.source,
            action: &self.action,
            dest: &self.dest,
            resource_type: &self.resource_type,
            policy: &self.policy,
            entity: &self.entity,
            source_kind: self.source_kind.as_deref(),
        }
    }
}

impl From<Key<'_>> for OwnedKey {
    fn from(key: Key<'_>) -> Self {
        Self {
            source: key.source.to_owned(),
            action: key.action.to_owned(),
            dest: key.dest.to_owned(),
            resource_type: key.resource_type.to_owned(),
            policy: key.policy.to_owned(),
            entity: key.entity.to_owned(),
            source_kind: key.source_kind.map(ToOwned::to_owned),
        }
    }
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
        // Only the few rows that differ in nothing else need a hash.
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
