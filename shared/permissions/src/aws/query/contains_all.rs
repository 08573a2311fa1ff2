//! Finds the actions of a `CONTAINS ALL` for which a source has rows, entity by entity.

use super::classes::Classes;
use super::occurring::Occurring;
use super::plan::Leaf;
use crate::aws::data::{EntityId, Source};
use std::collections::BTreeMap;

impl<'p> Classes<'_, 'p> {
    /// Returns which actions occur in the rows of this shard, for all of its external sources.
    pub(super) fn occurring(&mut self) -> Occurring {
        let mut all = Occurring::default();
        if self.group_leaves.is_empty() {
            return all;
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
                all.insert(source, found);
            }
        }
        all
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
