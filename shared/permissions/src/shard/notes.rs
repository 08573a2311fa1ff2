//! What the shards together tell of a query, beside its rows.

use super::ask::NotesPart;
use crate::aws::CausesPart;
use crate::search::ValuesPart;

/// What the shards that were asked tell of a query
#[derive(Debug, Default)]
pub struct Notes {
    /// What causes follow from, which could change the result; shard by shard
    pub causes: Vec<CausesPart>,
    /// What warnings follow from
    pub values: ValuesPart,
}

impl Notes {
    /// Adds what one shard tells.
    pub fn add(&mut self, part: NotesPart) {
        self.causes.push(part.causes);
        self.values.add(part.values);
    }
}

impl Extend<NotesPart> for Notes {
    fn extend<I: IntoIterator<Item = NotesPart>>(&mut self, parts: I) {
        parts.into_iter().for_each(|part| self.add(part));
    }
}
