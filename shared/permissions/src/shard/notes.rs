//! Joins what the shards say about a query beside its rows.

use super::messages::NotesPart;
use crate::aws::CausesPart;
use crate::search::ValuesPart;

/// Holds what the asked shards say about a query
#[derive(Debug, Default)]
pub struct Notes {
    /// The causes that could change the result follow from these parts, one for each shard
    pub causes: Vec<CausesPart>,
    /// The warnings follow from this part
    pub values: ValuesPart,
}

impl Notes {
    /// Adds what one shard says.
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
