//! A query over everything that is known of an account: the imported accounts and what this stack itself grants, in
//! one order.

mod clouds;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::iter::Peekable;

use rql::Query;

use crate::row::{self, Row};
use crate::row_id::row_id;
use crate::snapshot::Snapshot;
use crate::stack::{self, Stack};
use crate::{query, row_id};

pub use clouds::Clouds;

/// What a row is, members in the order by which rows are sorted
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'k> {
    pub(crate) source: &'k str,
    pub(crate) action: &'k str,
    pub(crate) dest: &'k str,
    pub(crate) resource_type: &'k str,
    pub(crate) policy: &'k str,
    pub(crate) entity: &'k str,
    /// What tells the source from others of the same id, when there can be some
    pub(crate) source_kind: Option<&'k str>,
}

impl Key<'_> {
    pub(crate) fn row_id(&self) -> String {
        let parts = [
            self.source,
            self.action,
            self.dest,
            self.resource_type,
            self.entity,
            self.policy,
        ];
        row_id(parts.into_iter().chain(self.source_kind))
    }

    const fn members(&self) -> [&str; 6] {
        [
            self.source,
            self.action,
            self.dest,
            self.resource_type,
            self.policy,
            self.entity,
        ]
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let members = self.members().cmp(&other.members());
        // Hashing is for the few rows that nothing else tells apart.
        members.then_with(|| {
            if self.source_kind == other.source_kind {
                Ordering::Equal
            } else {
                self.row_id().cmp(&other.row_id())
            }
        })
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where a page ends
///
/// Holds for one query over the same snapshot and the same stack. The number of rows before it finds the place at
/// once, however long the names of resources are; the last row tells whether it is still the same place, should
/// another release of this program work out other rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Rows of the snapshot up to there
    pub of_snapshot: u64,
    /// Rows of the stack up to there
    pub of_stack: u64,
    /// Start of the id of the last row
    pub last: u64,
}

/// The rows up to a position are not those that it was made for
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows before the position have changed")]
pub struct Moved;

/// The rows that a query selects
pub struct Search<'p> {
    snapshot: Option<query::Selection<'p>>,
    stack: Option<stack::Selection<'p>>,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl<'p> Search<'p> {
    /// The rows of both that the query selects; they are counted at once.
    #[must_use]
    pub fn new(query: &Query, snapshot: Option<&'p Snapshot>, stack: Option<&'p Stack>) -> Self {
        Self {
            snapshot: snapshot.map(|snapshot| snapshot.select(query)),
            stack: stack.map(|stack| stack.select(query, snapshot)),
        }
    }

    /// The exact number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        let of_snapshot = self.snapshot.as_ref().map_or(0, query::Selection::total);
        let of_stack = self.stack.as_ref().map_or(0, stack::Selection::total);
        of_snapshot.saturating_add(of_stack)
    }

    /// The rows in total order.
    #[must_use]
    pub fn rows(&self) -> Rows<'_, 'p> {
        self.from(0, 0)
    }

    /// The rows behind a position.
    ///
    /// # Errors
    /// [`Moved`].
    pub fn rows_after(&self, position: &Position) -> Result<Rows<'_, 'p>, Moved> {
        let Position {
            of_snapshot,
            of_stack,
            last,
        } = *position;
        // The last row is that of the snapshot or that of the stack; which of them need not be known.
        let before = |rows: u64| rows.checked_sub(1);
        let is_last =
            |hit: Option<Hit<'p>>| hit.is_some_and(|hit| row_id::start(&hit.key().row_id()) == last);
        let found = before(of_snapshot).is_some_and(|skip| is_last(self.hits_of_snapshot(skip).next()))
            || before(of_stack).is_some_and(|skip| is_last(self.hits_of_stack(skip).next()));
        if found {
            Ok(self.from(of_snapshot, of_stack))
        } else {
            Err(Moved)
        }
    }

    fn from(&self, of_snapshot: u64, of_stack: u64) -> Rows<'_, 'p> {
        let snapshot: Box<dyn Iterator<Item = Hit<'p>> + '_> = Box::new(self.hits_of_snapshot(of_snapshot));
        let stack: Box<dyn Iterator<Item = Hit<'p>> + '_> = Box::new(self.hits_of_stack(of_stack));
        Rows {
            snapshot: snapshot.peekable(),
            stack: stack.peekable(),
            of_snapshot,
            of_stack,
            last: None,
        }
    }

    fn hits_of_snapshot(&self, skip: u64) -> impl Iterator<Item = Hit<'p>> + '_ {
        let selection = self.snapshot.iter();
        selection.flat_map(move |one| one.places(skip)).map(Hit::Snapshot)
    }

    fn hits_of_stack(&self, skip: u64) -> impl Iterator<Item = Hit<'p>> + '_ {
        let selection = self.stack.iter();
        selection.flat_map(move |one| one.places(skip)).map(Hit::Stack)
    }
}

/// A row that is not written out yet
#[derive(Debug, Clone, Copy)]
enum Hit<'p> {
    Snapshot(row::Place<'p>),
    Stack(stack::Place<'p>),
}

impl<'p> Hit<'p> {
    fn key(&self) -> Key<'p> {
        match self {
            Self::Snapshot(place) => place.key(),
            Self::Stack(place) => place.key(),
        }
    }
}

type Hits<'s, 'p> = Peekable<Box<dyn Iterator<Item = Hit<'p>> + 's>>;

/// The rows from some place on; each is worked out when it is asked for
pub struct Rows<'s, 'p> {
    snapshot: Hits<'s, 'p>,
    stack: Hits<'s, 'p>,
    of_snapshot: u64,
    of_stack: u64,
    last: Option<Hit<'p>>,
}

impl std::fmt::Debug for Rows<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("of_snapshot", &self.of_snapshot)
            .field("of_stack", &self.of_stack)
            .finish_non_exhaustive()
    }
}

impl<'p> Rows<'_, 'p> {
    /// The row at this place, perhaps with the statements behind it; `None` at the end.
    pub fn current(&mut self, explained: bool) -> Option<Row<'p>> {
        Some(match self.next_hit()? {
            Hit::Snapshot(place) if explained => place.row_explained(),
            Hit::Snapshot(place) => place.row(),
            Hit::Stack(place) => place.row(),
        })
    }

    /// Goes on behind the row at this place.
    pub fn advance(&mut self) {
        let Some(hit) = self.next_hit() else { return };
        match hit {
            Hit::Snapshot(_) => {
                self.snapshot.next();
                self.of_snapshot = self.of_snapshot.saturating_add(1);
            }
            Hit::Stack(_) => {
                self.stack.next();
                self.of_stack = self.of_stack.saturating_add(1);
            }
        }
        self.last = Some(hit);
    }

    /// This place, when a row stands before it and another one behind it.
    pub fn position(&mut self) -> Option<Position> {
        let last = self.last?;
        self.next_hit()?;
        Some(Position {
            of_snapshot: self.of_snapshot,
            of_stack: self.of_stack,
            last: row_id::start(&last.key().row_id()),
        })
    }

    fn next_hit(&mut self) -> Option<Hit<'p>> {
        match (self.snapshot.peek(), self.stack.peek()) {
            (Some(one), Some(other)) if other.key() < one.key() => Some(*other),
            (Some(one), _) => Some(*one),
            (None, other) => other.copied(),
        }
    }
}

impl Snapshot {
    /// The display name of an account, which is its id when it has none.
    pub(crate) fn account_name<'s>(&'s self, id: &'s str) -> &'s str {
        self.account_names.get(id).map_or(id, String::as_str)
    }
}
