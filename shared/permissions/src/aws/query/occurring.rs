//! Finds for which actions of a `CONTAINS ALL` an external source has rows. Its rows can be in several shards.

use crate::aws::data::Source;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Says for external sources which actions of each `CONTAINS ALL` of a query occur in rows
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurring(BTreeMap<(String, String), Vec<Vec<bool>>>);

impl Occurring {
    /// Adds what occurs in another shard.
    pub fn add(&mut self, other: Self) {
        for (source, leaves) in other.0 {
            let own = self.0.entry(source).or_default();
            if own.len() < leaves.len() {
                own.resize(leaves.len(), Vec::new());
            }
            for (own, leaf) in own.iter_mut().zip(leaves) {
                unite(own, &leaf);
            }
        }
    }

    pub(super) fn insert(&mut self, source: &Source, of_leaves: Vec<Vec<bool>>) {
        self.0.insert(key(source), of_leaves);
    }

    /// Returns which actions of the `CONTAINS ALL` of that number occur.
    pub(super) fn of(&self, source: &Source, place: usize) -> &[bool] {
        let leaves = self.0.get(&key(source));
        leaves
            .and_then(|leaves| leaves.get(place))
            .map_or(&[], Vec::as_slice)
    }
}

fn key(source: &Source) -> (String, String) {
    (source.id.to_string(), source.kind.as_str().to_owned())
}

pub(super) fn unite(own: &mut Vec<bool>, other: &[bool]) {
    if own.len() < other.len() {
        own.resize(other.len(), false);
    }
    for (own, other) in own.iter_mut().zip(other) {
        *own |= *other;
    }
}
