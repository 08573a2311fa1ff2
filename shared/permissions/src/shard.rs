//! Searches several shards of the imported accounts.
//!
//! ```text
//! ask    what a shard is asked, and what it answers    answer  answers for one shard
//! rows   the rows of all shards and the own grants, in one order    groups  their groups
//! notes  what warnings, and what could change a result, follow from
//! ```
//!
//! Every row is in exactly one shard, so that totals add up, groups add up, and rows are merged by their keys. What is
//! not decided in one shard is asked beforehand: of an external source, which actions of a `CONTAINS ALL` occur in rows of
//! any shard.

mod answer;
mod ask;
mod groups;
mod notes;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

pub use crate::aws::query::Occurring;
pub use crate::aws::{CausesPart, CommonFacts, FactsError, ShardFacts, SnapshotFacts};
pub use crate::row::Moved;
pub use answer::answer;
pub use ask::{
    Answer, AnswerError, Ask, Counted, GroupsPart, GroupsWanted, NotesPart, NotesWanted, RowForm, RowsPart,
    RowsWanted, ShardRow, Wanted, asks_for_occurring, asks_for_values,
};
pub use groups::merged;
pub use notes::Notes;
pub use rows::{MergedRow, MergedRows, Next, ShardPositions};
