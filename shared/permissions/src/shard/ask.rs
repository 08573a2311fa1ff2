//! What a shard is asked, and what it answers, as texts of bytes.

use crate::aws::query::Occurring;
use crate::row::Key;
use crate::row::Values;
use jiff::civil::Date;
use rql::Query;
use serde::{Deserialize, Serialize};

/// What one shard is asked about a query
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The text of the query
    pub query: String,
    /// UTC day of the search, that logins and uses of access keys count up to
    pub today: Date,
    /// What is wanted
    pub wanted: Wanted,
}

/// What is wanted of a shard
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Which actions of each `CONTAINS ALL` occur in rows of external sources; asked of all shards before anything else
    Occurring,
    /// Rows, with what occurs in all shards
    Rows(Occurring, RowsWanted),
    /// Groups of rows, with what occurs in all shards
    Groups(Occurring, GroupsWanted),
}

/// Rows that are wanted of a shard
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsWanted {
    /// Rows of the shard that stand before them
    pub skip: u64,
    /// The most rows of an answer
    pub most: u64,
    /// How they are written
    pub form: RowForm,
    /// Whether the statements behind each row are wanted
    pub explained: bool,
}

/// How rows are written
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowForm {
    /// As Get Permissions writes them in JSON
    Json,
    /// As records of a CSV file
    Csv,
    /// As lines of JSON
    Ndjson,
    /// As Get Permissions V4 writes them
    Item,
}

/// Groups that are wanted of a shard
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsWanted {
    /// Fields, as the bits of a [`GroupBy`](model::permissions::GroupBy)
    pub by: u16,
    /// Groups that were had before
    pub skip: u64,
}

/// What a shard answers
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer<'a> {
    /// The answer to [`Wanted::Occurring`]
    Occurring(Occurring),
    /// The answer to [`Wanted::Rows`]
    #[serde(borrow)]
    Rows(RowsPart<'a>),
    /// The answer to [`Wanted::Groups`]
    #[serde(borrow)]
    Groups(GroupsPart<'a>),
    /// There are more groups than can be counted at once
    TooManyGroups,
    /// The query cannot be read by the release that answers
    UnknownQuery,
}

/// Some rows of a shard
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsPart<'a> {
    /// All rows of the shard that the query selects
    pub total: u64,
    /// Start of the id of the row before these
    pub last: Option<u64>,
    /// In total order; fewer than wanted when they would become too large for one answer
    #[serde(borrow)]
    pub rows: Vec<ShardRow<'a>>,
}

/// A row of a shard, written
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRow<'a> {
    #[serde(borrow)]
    pub(crate) key: Key<'a>,
    /// As it stands in the reply
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
}

/// A group with the number of its rows
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted<'a> {
    #[serde(borrow)]
    pub(crate) values: Values<'a>,
    pub(crate) rows: u64,
}

/// Bytes that are no question to a shard, or no answer of one
#[derive(Debug, thiserror::Error)]
#[error("not a message of this release: {0}")]
pub struct AnswerError(#[from] postcard::Error);

impl Ask {
    /// The bytes of the question.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, AnswerError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`Ask::encode`] wrote.
    ///
    /// # Errors
    /// [`AnswerError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, AnswerError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

impl<'a> Answer<'a> {
    /// The bytes of the answer.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, AnswerError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`Answer::encode`] wrote.
    ///
    /// # Errors
    /// [`AnswerError`] for anything else.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, AnswerError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

/// Whether shards must be asked what occurs before they are asked for rows.
#[must_use]
pub fn asks_for_occurring(query: &Query) -> bool {
    query.alternatives().iter().any(|one| one.actions.is_some())
}
