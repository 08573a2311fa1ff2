//! Searches several shards of the imported accounts.
//!
//! ```text
//! messages  the requests to a shard, and its replies    reply   makes the replies of one shard
//! rows      the rows of all shards and the own grants, in one order    groups  their groups
//! notes     what warnings, and what could change a result, follow from
//! ```
//!
//! Every row is in exactly one shard, so that totals add up, groups add up, and rows are merged by their keys. What is
//! not decided in one shard is asked beforehand: of an external source, which actions of a `CONTAINS ALL` occur in rows of
//! any shard.

mod groups;
mod messages;
mod notes;
mod reply;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

pub use crate::aws::query::Occurring;
pub use crate::aws::{CausesPart, CommonFacts, FactsError, ShardFacts, SnapshotFacts};
pub use crate::row::Moved;
pub use groups::merged;
pub use messages::{
    Counted, GroupsPart, GroupsWanted, MessageError, NotesPart, NotesWanted, RowForm, RowsPart, RowsWanted,
    ShardReply, ShardRequest, ShardRow, Wanted, asks_for_occurring, asks_for_values,
};
pub use notes::Notes;
pub use reply::reply;
pub use rows::{MergedRow, MergedRows, Next, ShardPositions};
