//! Decides `CONTAINS ALL`: the entities through which a source holds every one of several actions.

use super::classes::Classes;
use super::occurring::unite;
use super::outcomes::Outcomes;
use crate::aws::data::{EntityId, Source};
use foldhash::{HashMap, HashMapExt};

impl<'p> Classes<'_, 'p> {
    /// Says for every entity of a source which leaves of `CONTAINS ALL` hold.
    pub(super) fn groups(&mut self, source: &'p Source) -> HashMap<Option<EntityId>, Outcomes> {
        let plan = self.plan;
        let mut complete: HashMap<Option<EntityId>, Outcomes> = HashMap::new();
        for (place, leaf) in self.group_leaves.clone().into_iter().enumerate() {
            let mut found = self.occurring_of(leaf, source);
            // Rows of an external source are in other shards, too.
            if source.is_external()
                && let (Some(own), Some(all)) = (found.get_mut(&None), plan.occurring)
            {
                unite(own, all.of(source, place));
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
