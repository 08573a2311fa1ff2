//! Finds for which actions of a `CONTAINS ALL` an external source has rows. Its rows can be in several shards.

use super::classes::Classes;
use super::plan::Leaf;
use crate::aws::data::{EntityId, Source};
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

    /// Returns which actions of the `CONTAINS ALL` of that number occur.
    pub(super) fn of(&self, source: &Source, place: usize) -> &[bool] {
        let key = (source.id.to_string(), source.kind.as_str().to_owned());
        let leaves = self.0.get(&key);
        leaves
            .and_then(|leaves| leaves.get(place))
            .map_or(&[], Vec::as_slice)
    }
}

pub(super) fn unite(own: &mut Vec<bool>, other: &[bool]) {
    if own.len() < other.len() {
        own.resize(other.len(), false);
    }
    for (own, other) in own.iter_mut().zip(other) {
        *own |= *other;
    }
}

impl<'p> Classes<'_, 'p> {
    /// Returns which actions occur in the rows of this shard, for all of its external sources.
    pub(super) fn occurring(&mut self) -> Occurring {
        let mut all = BTreeMap::new();
        if self.group_leaves.is_empty() {
            return Occurring(all);
        }
        let effective = self.plan.effective;
        for source in effective
            .snapshot()
            .sources
            .iter()
            .filter(|one| one.is_external())
        {
            let leaves = self.group_leaves.clone().into_iter();
            let found: Vec<Vec<bool>> = leaves
                .map(|leaf| self.occurring_of(leaf, source).remove(&None).unwrap_or_default())
                .collect();
            if found.iter().flatten().any(|occurs| *occurs) {
                all.insert((source.id.to_string(), source.kind.as_str().to_owned()), found);
            }
        }
        Occurring(all)
    }

    /// Returns by entity of a source which actions of a `CONTAINS ALL` occur.
    pub(super) fn occurring_of(
        &mut self,
        leaf: usize,
        source: &'p Source,
    ) -> BTreeMap<Option<EntityId>, Vec<bool>> {
        let plan = self.plan;
        let mut found: BTreeMap<Option<EntityId>, Vec<bool>> = BTreeMap::new();
        let Some(Leaf::Group { actions, filter }) = plan.leaves.get(leaf) else {
            return found;
        };
        let root = self.number(filter.clone());
        let class = self.source_class(root, source);
        let wanted = actions.distinct().len();
        for &attachment in &source.attachments {
            let class = self.attachment_class(class, source, attachment);
            let Some(class) = self.document_class(class, attachment) else {
                continue;
            };
            let occurring = found
                .entry(attachment.entity)
                .or_insert_with(|| vec![false; wanted]);
            for (number, action) in actions.distinct().enumerate() {
                let seen = occurring.get(number).copied().unwrap_or(true);
                if !seen
                    && let Some(action) = plan.snapshot().actions.find(action)
                    && self.has_row(class, source, attachment, action)
                    && let Some(slot) = occurring.get_mut(number)
                {
                    *slot = true;
                }
            }
        }
        found
    }
}
