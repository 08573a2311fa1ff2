//! Merges the rows of all shards and of the own grants in the total order.

use super::messages::{MessageError, RowsPart, ShardRow};
use crate::group::Item;
use crate::own::{self, OwnGrants};
use crate::row::Moved;
use crate::row::{AccountNames, OwnedKey, Row, start};
use rql::Query;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Says where a page ends: the number of rows before it, shard by shard
///
/// Positions hold for one query over the same snapshot and the same own grants. The numbers of rows find the next row of each
/// shard at once, however long the names of resources are. The last row shows whether the rows are still the same, should
/// another release of this program work out other rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardPositions {
    /// Rows of each shard up to there
    pub of_shards: Vec<u64>,
    /// Rows of own grants up to there
    pub of_own: u64,
    /// Start of the id of the last row; none at the start of the result
    pub last: Option<u64>,
}

impl ShardPositions {
    /// Writes the positions as bytes.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, MessageError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`ShardPositions::encode`] wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

/// A row of the result
#[derive(Debug)]
pub enum MergedRow<'m> {
    /// A row that a shard has written
    Written(&'m str),
    /// A row of own grants
    Own(Box<Row<'m>>),
}

/// Says what comes next
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A row of a shard
    Row,
    /// More rows of the shard of this number must be fed first
    Wanted(usize),
    /// Nothing is left
    End,
}

#[derive(Debug, Default)]
struct OfShard {
    total: u64,
    /// Rows that the merged result has taken
    taken: u64,
    rows: VecDeque<ShardRow>,
}

/// The rows of all shards and of own grants in one order
///
/// A shard's reply holds some of its rows. When the merge has used them up, it says which shard it wants more of, so that
/// nothing is left out.
pub struct MergedRows<'a> {
    shards: Vec<OfShard>,
    own: Option<own::Selection<'a>>,
    of_own: u64,
    last: Option<LastRow>,
}

/// The row in front of the position: its id is worked out when a page ends there
enum LastRow {
    /// The last row of the page before, by the start of its id
    Start(u64),
    OfShard(OwnedKey),
    /// A row of own grants, by its number
    OfOwn(u64),
}

impl std::fmt::Debug for MergedRows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MergedRows")
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

/// The head that is next
enum Head {
    Shard(usize),
    Own,
}

impl<'a> MergedRows<'a> {
    /// Merges the rows behind a position, from the first replies of all shards, in order. Each shard was asked to skip
    /// as many rows as the position says.
    ///
    /// # Errors
    /// [`Moved`] when the rows before the position are not those that it was made for.
    pub fn new(
        parts: Vec<RowsPart>,
        own: Option<(&'a OwnGrants, &Query, &'a AccountNames)>,
        after: &ShardPositions,
    ) -> Result<Self, Moved> {
        let own = own.map(|(own, query, names)| own.select(query, Some(names)));
        let last_of_own = || {
            let skip = after.of_own.checked_sub(1)?;
            let row = own.as_ref()?.rows(skip).next()?;
            Some(start(&row.key().row_id()))
        };
        let is_known = after.last.is_none_or(|last| {
            parts.iter().any(|part| part.last == Some(last)) || last_of_own() == Some(last)
        });
        if !is_known || (!after.of_shards.is_empty() && after.of_shards.len() != parts.len()) {
            return Err(Moved);
        }
        let shards = parts.into_iter().enumerate().map(|(number, part)| OfShard {
            total: part.total,
            taken: after.of_shards.get(number).copied().unwrap_or(0),
            rows: part.rows.into(),
        });
        Ok(Self {
            shards: shards.collect(),
            own,
            of_own: after.of_own,
            last: after.last.map(LastRow::Start),
        })
    }

    /// Returns the exact number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        let of_own = self.own.as_ref().map_or(0, own::Selection::total);
        let totals = self.shards.iter().map(|shard| shard.total);
        totals.fold(of_own, u64::saturating_add)
    }

    /// Returns what comes next.
    #[must_use]
    pub fn next(&self) -> Next {
        let used_up = |shard: &OfShard| shard.rows.is_empty() && shard.taken < shard.total;
        if let Some(number) = self.shards.iter().position(used_up) {
            return Next::Wanted(number);
        }
        match self.head() {
            Some(_) => Next::Row,
            None => Next::End,
        }
    }

    /// Returns how many rows a shard must skip when it is asked for more.
    #[must_use]
    pub fn taken(&self, shard: usize) -> u64 {
        self.shards.get(shard).map_or(0, |shard| shard.taken)
    }

    /// Takes in further rows of a shard.
    ///
    /// # Errors
    /// [`Moved`] when the shard has other rows now.
    pub fn feed(&mut self, shard: usize, part: RowsPart) -> Result<(), Moved> {
        let Some(shard) = self.shards.get_mut(shard) else {
            return Err(Moved);
        };
        if part.total != shard.total || part.rows.is_empty() {
            return Err(Moved);
        }
        shard.rows = part.rows.into();
        Ok(())
    }

    /// Returns the row at this position.
    #[must_use]
    pub fn row(&self) -> Option<MergedRow<'_>> {
        Some(match self.head()? {
            Head::Shard(number) => MergedRow::Written(&self.shards.get(number)?.rows.front()?.text),
            Head::Own => MergedRow::Own(Box::new(self.own_row(self.of_own)?.row())),
        })
    }

    /// Returns the row at this position as Get Permissions V4 replies with it, when the row is one of own grants.
    #[must_use]
    pub fn own_item(&self) -> Option<Item<'_>> {
        match self.head()? {
            Head::Shard(_) => None,
            Head::Own => Some(self.own_row(self.of_own)?.item()),
        }
    }

    /// Goes on behind the row at this position.
    pub fn advance(&mut self) {
        match self.head() {
            None => {}
            Some(Head::Shard(number)) => {
                let Some(shard) = self.shards.get_mut(number) else {
                    return;
                };
                let row = shard.rows.pop_front();
                shard.taken = shard.taken.saturating_add(1);
                self.last = row.map(|row| LastRow::OfShard(row.key));
            }
            Some(Head::Own) => {
                self.last = Some(LastRow::OfOwn(self.of_own));
                self.of_own = self.of_own.saturating_add(1);
            }
        }
    }

    /// Returns this position, when there is a row before it and another one behind it.
    #[must_use]
    pub fn position(&self) -> Option<ShardPositions> {
        let last = match self.last.as_ref()? {
            LastRow::Start(start) => *start,
            LastRow::OfShard(key) => start(&key.get().row_id()),
            LastRow::OfOwn(number) => start(&self.own_row(*number)?.key().row_id()),
        };
        let is_end = self.next() == Next::End;
        (!is_end).then(|| ShardPositions {
            of_shards: self.shards.iter().map(|shard| shard.taken).collect(),
            of_own: self.of_own,
            last: Some(last),
        })
    }

    fn own_row(&self, number: u64) -> Option<own::RowRef<'_>> {
        self.own.as_ref()?.rows(number).next()
    }

    fn head(&self) -> Option<Head> {
        let heads = self.shards.iter().enumerate();
        let heads = heads.filter_map(|(number, shard)| Some((number, shard.rows.front()?.key.get())));
        let first = heads.min_by(|(_, one), (_, other)| one.cmp(other));
        match (first, self.own_row(self.of_own)) {
            (Some((_, key)), Some(own)) if own.key() < key => Some(Head::Own),
            (Some((number, _)), _) => Some(Head::Shard(number)),
            (None, Some(_)) => Some(Head::Own),
            (None, None) => None,
        }
    }
}
