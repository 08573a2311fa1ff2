//! Defines the requests to a shard and its replies, as bytes.

use crate::aws::CausesPart;
use crate::aws::query::Occurring;
use crate::row::{OwnedKey, Values};
use crate::search::{ValuesPart, has_literals};
use jiff::civil::Date;
use model::permissions::Explain;
use rql::Query;
use serde::{Deserialize, Serialize};

/// A request to one shard: what it is asked about a query
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRequest {
    /// The text of the query, or of one that is being written
    pub query: String,
    /// The UTC day of the search. Logins and uses of access keys count up to it
    pub today: Date,
    /// Says what the shard has to reply with
    pub wanted: Wanted,
}

/// Says what a shard has to reply with
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Asks which actions of each `CONTAINS ALL` occur in rows of external sources; all shards are asked this before
    /// anything else
    Occurring,
    /// Asks for rows, given what occurs in all shards
    Rows(Occurring, RowsWanted, NotesWanted),
    /// Asks for groups of rows, given what occurs in all shards
    Groups(Occurring, GroupsWanted, NotesWanted),
    /// Asks which literals of the query are values of rows
    Values,
    /// Asks for values that can complete a query that is being written
    BegunValues,
}

/// Says whether notes on the query are wanted: from them follow its warnings, and what could change its result
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotesWanted {
    /// No notes are wanted
    No,
    /// Only the notes of this shard alone are wanted
    OfShard,
    /// The notes that every shard would give alike are wanted, too
    WithCommon,
}

/// Rows that are wanted of a shard
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsWanted {
    /// Rows of the shard before these rows
    pub skip: u64,
    /// The most rows of a reply
    pub most: u64,
    /// The most bytes of the rows of a reply, as they are written; the first row may have more
    pub bytes: u64,
    /// Says how the rows are written
    pub form: RowForm,
    /// Says what the rows must explain
    pub explain: Explain,
}

/// Says how rows are written
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowForm {
    /// Rows are written as the JSON of Get Permissions
    Json,
    /// Rows are written as records of a CSV file
    Csv,
    /// Rows are written as lines of JSON
    Ndjson,
    /// Rows are written as Get Permissions V4 has them
    Item,
}

/// Groups that are wanted of a shard
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsWanted {
    /// Fields, as the bits of a [`GroupBy`](model::permissions::GroupBy)
    pub by: u16,
    /// Groups that were had before
    pub skip: u64,
    /// The most bytes of the groups of a reply; the first group may have more
    pub bytes: u64,
}

/// A reply of one shard
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShardReply<'a> {
    /// The reply to [`Wanted::Occurring`]
    Occurring(Occurring),
    /// The reply to [`Wanted::Rows`]
    Rows(RowsPart),
    /// The reply to [`Wanted::Groups`]
    #[serde(borrow)]
    Groups(GroupsPart<'a>),
    /// The reply to [`Wanted::Values`]
    Values(ValuesPart),
    /// The reply to [`Wanted::BegunValues`]
    BegunValues(Vec<Vec<String>>),
    /// There are more groups than can be counted at once
    TooManyGroups,
    /// The query cannot be read by the release that replies
    UnknownQuery,
}

/// Holds what a shard says for warnings, and for what could change a result
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesPart {
    /// The causes that could change the result follow from this part
    pub causes: CausesPart,
    /// The warnings follow from this part
    pub values: ValuesPart,
}

/// Some rows of a shard
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsPart {
    /// All rows of the shard that the query selects
    pub total: u64,
    /// Start of the id of the row before these
    pub last: Option<u64>,
    /// Rows in total order. There are fewer than wanted when they would become too large for one reply
    pub rows: Vec<ShardRow>,
    /// Notes on the query, if they are wanted
    pub notes: Option<NotesPart>,
}

/// A row of a shard, written
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRow {
    pub(crate) key: OwnedKey,
    /// The row as the reply has it
    pub(crate) text: String,
}

/// Some groups of a shard
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsPart<'a> {
    /// All groups of the shard
    pub total: u64,
    /// Those that follow on the ones that were skipped
    #[serde(borrow)]
    pub groups: Vec<Counted<'a>>,
    /// Notes on the query, if they are wanted
    pub notes: Option<NotesPart>,
}

/// A group with the number of its rows
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted<'a> {
    #[serde(borrow)]
    pub(crate) values: Values<'a>,
    pub(crate) rows: u64,
}

/// Bytes that are not a request to a shard, or not the reply of one
#[derive(Debug, thiserror::Error)]
#[error("not a message of this release: {0}")]
pub struct MessageError(#[from] postcard::Error);

impl ShardRequest {
    /// Writes the request as bytes.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, MessageError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`ShardRequest::encode`] wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

impl<'a> ShardReply<'a> {
    /// Writes the reply as bytes.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, MessageError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`ShardReply::encode`] wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

/// Returns whether shards must be asked what occurs before they are asked for rows.
#[must_use]
pub fn asks_for_occurring(query: &Query) -> bool {
    query.alternatives().iter().any(|one| one.actions.is_some())
}

/// Returns whether the warnings of a query depend on the values of shards that cannot have rows.
#[must_use]
pub fn asks_for_values(query: &Query) -> bool {
    has_literals(query)
}
