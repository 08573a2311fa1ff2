//! Decides `CONTAINS ALL`: the entities through which a source holds every one of several actions.

use super::classes::Classes;
use super::outcomes::Outcomes;
use super::plan::Leaf;
use crate::aws::data::{EntityId, Source};
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;

impl<'p> Classes<'_, 'p> {
    /// For every entity of a source: which leaves of `CONTAINS ALL` hold.
    pub(super) fn groups(&mut self, source: &'p Source) -> HashMap<Option<EntityId>, Outcomes> {
        let plan = self.plan;
        let mut complete: HashMap<Option<EntityId>, Outcomes> = HashMap::new();
        for (place, leaf) in self.group_leaves.clone().into_iter().enumerate() {
            let Some(Leaf::Group { actions, filter }) = plan.leaves.get(leaf) else {
                continue;
            };
            let root = self.number(filter.clone());
            let class = self.source_class(root, source);
            let wanted = actions.distinct().len();
            let mut found: BTreeMap<Option<EntityId>, Vec<bool>> = BTreeMap::new();
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
            for (entity, occurring) in found {
                if occurring.into_iter().all(|occurs| occurs) {
                    let outcomes = complete.entry(entity).or_default();
                    *outcomes = outcomes.with(place);
                }
            }
        }
        complete
    }
}
