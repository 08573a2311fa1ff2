//! Runs a query over everything that is known of an account: the imported accounts and the own grants, in one order.

mod clouds;
mod known_values;
#[cfg(test)]
pub(crate) mod tests;

use std::iter::Peekable;

use jiff::civil::Date;
use model::permissions::GroupBy;
use rql::Query;

use crate::aws::query as imported;
use crate::aws::{Cause, CausesPart, EffectivePermissions, Incompleteness, SnapshotFacts, merged};
use crate::group::{Groups, Item, Tally, TooManyGroups};
use crate::own::{self, OwnGrants};
use crate::row::{Key, Row, start};

pub use crate::row::{Moved, Position};
pub use clouds::Clouds;
pub use known_values::{ActionNames, ImportedValues, KnownValues, ValuesPart, add_begun};
pub(crate) use known_values::{begun_values, has_literals, values_of_literals};

/// The imported accounts as a query looks at them: whole, or for the one resource that a `COVERS` names
#[derive(Debug)]
pub struct Imported<'e> {
    whole: &'e EffectivePermissions,
    covering: Option<EffectivePermissions>,
    today: Date,
}

impl<'e> Imported<'e> {
    /// Prepares the imported accounts for one query. Logins and uses of access keys count up to `today`, the UTC day of
    /// the search, which is the same for all of its pages.
    #[must_use]
    pub fn of(effective: &'e EffectivePermissions, query: &Query, today: Date) -> Self {
        Self {
            whole: effective,
            covering: query
                .covered_resource()
                .map(|resource| effective.covering(resource)),
            today,
        }
    }

    pub(crate) fn effective(&self) -> &EffectivePermissions {
        self.covering.as_ref().unwrap_or(self.whole)
    }
}

/// Returns what could change the result of a query that asks for rows of imported accounts: each cause once, and none
/// when the result is complete. `imported` holds what the asked shards say, one of them with the common facts; it is
/// `None` when nothing is imported.
#[must_use]
pub fn incompleteness(
    query: &Query,
    known: &KnownValues<'_>,
    imported: Option<(&[CausesPart], &SnapshotFacts)>,
) -> Vec<Incompleteness> {
    let Some((parts, facts)) = imported else {
        return vec![Incompleteness {
            code: Cause::NothingImported,
            message: "nothing is imported for the account of the caller".to_owned(),
        }];
    };
    merged(parts, facts, query.without_data(known))
}

/// The rows that a query selects
pub struct Search<'p> {
    imported: Option<imported::Selection<'p>>,
    own: Option<own::Selection<'p>>,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl<'p> Search<'p> {
    /// Selects the rows of both for the query, and counts them at once. `imported` must be made for this query.
    #[must_use]
    pub fn new(query: &Query, imported: Option<&'p Imported<'p>>, own: Option<&'p OwnGrants>) -> Self {
        let account_names = imported.map(|one| &one.effective().snapshot().account_names);
        Self {
            imported: imported.map(|one| imported::select(one.effective(), query, one.today)),
            own: own.map(|own| own.select(query, account_names)),
        }
    }

    /// Returns the exact number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        let of_snapshot = self.imported.as_ref().map_or(0, imported::Selection::total);
        let of_own = self.own.as_ref().map_or(0, own::Selection::total);
        of_snapshot.saturating_add(of_own)
    }

    /// Groups the rows and counts them.
    ///
    /// # Errors
    /// [`TooManyGroups`].
    pub fn groups(&self, by: GroupBy) -> Result<Groups<'p>, TooManyGroups> {
        let mut tally = Tally::new(by);
        if let Some(imported) = &self.imported {
            imported.tally(&mut tally)?;
        }
        if let Some(own) = &self.own {
            own.tally(&mut tally)?;
        }
        Ok(tally.finish())
    }

    /// Returns the rows in total order.
    #[must_use]
    pub fn rows(&self) -> Rows<'_, 'p> {
        self.from(0, 0)
    }

    /// Returns the rows behind a position.
    ///
    /// # Errors
    /// [`Moved`].
    pub fn rows_after(&self, position: &Position) -> Result<Rows<'_, 'p>, Moved> {
        let Position {
            of_snapshot,
            of_own,
            last,
        } = *position;
        // The last row comes from the snapshot or from an own grant; it does not matter from which of them.
        let before = |rows: u64| rows.checked_sub(1);
        let is_last = |row: Option<RowRef<'p>>| row.is_some_and(|row| start(&row.key().row_id()) == last);
        let found = before(of_snapshot).is_some_and(|skip| is_last(self.imported_rows(skip).next()))
            || before(of_own).is_some_and(|skip| is_last(self.own_rows(skip).next()));
        if found {
            Ok(self.from(of_snapshot, of_own))
        } else {
            Err(Moved)
        }
    }

    fn from(&self, of_snapshot: u64, of_own: u64) -> Rows<'_, 'p> {
        let imported: Box<dyn Iterator<Item = RowRef<'p>> + '_> = Box::new(self.imported_rows(of_snapshot));
        let own: Box<dyn Iterator<Item = RowRef<'p>> + '_> = Box::new(self.own_rows(of_own));
        Rows {
            explains_paths: self
                .imported
                .as_ref()
                .is_some_and(imported::Selection::explains_paths),
            imported: imported.peekable(),
            own: own.peekable(),
            of_snapshot,
            of_own,
            last: None,
        }
    }

    fn imported_rows(&self, skip: u64) -> impl Iterator<Item = RowRef<'p>> + '_ {
        let selection = self.imported.iter();
        selection
            .flat_map(move |one| one.rows(skip))
            .map(RowRef::Imported)
    }

    fn own_rows(&self, skip: u64) -> impl Iterator<Item = RowRef<'p>> + '_ {
        let selection = self.own.iter();
        selection.flat_map(move |one| one.rows(skip)).map(RowRef::Own)
    }
}

/// A row that is not written out yet
#[derive(Debug, Clone, Copy)]
enum RowRef<'p> {
    Imported(imported::RowRef<'p>),
    Own(own::RowRef<'p>),
}

impl<'p> RowRef<'p> {
    fn key(&self) -> Key<'p> {
        match self {
            Self::Imported(row) => imported::key(row),
            Self::Own(row) => row.key(),
        }
    }
}

type RowRefs<'s, 'p> = Peekable<Box<dyn Iterator<Item = RowRef<'p>> + 's>>;

/// The rows from some position on; each is worked out when it is read
pub struct Rows<'s, 'p> {
    imported: RowRefs<'s, 'p>,
    own: RowRefs<'s, 'p>,
    of_snapshot: u64,
    of_own: u64,
    last: Option<RowRef<'p>>,
    explains_paths: bool,
}

impl std::fmt::Debug for Rows<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("of_snapshot", &self.of_snapshot)
            .field("of_own", &self.of_own)
            .finish_non_exhaustive()
    }
}

impl<'p> Rows<'_, 'p> {
    /// Returns the row at this position, with the statements behind it if `explained`; `None` at the end.
    pub fn current(&mut self, explained: bool) -> Option<Row<'p>> {
        Some(match self.next_row()? {
            RowRef::Imported(row) if explained => imported::explained(&row, self.explains_paths),
            RowRef::Imported(row) => imported::written(&row),
            RowRef::Own(row) => row.row(),
        })
    }

    /// Returns the row at this position as Get Permissions V4 replies with it; `None` at the end.
    pub fn current_item(&mut self) -> Option<Item<'p>> {
        Some(match self.next_row()? {
            RowRef::Imported(row) => imported::item(&row),
            RowRef::Own(row) => row.item(),
        })
    }

    /// Goes on behind the row at this position.
    pub fn advance(&mut self) {
        let Some(row) = self.next_row() else { return };
        match row {
            RowRef::Imported(_) => {
                self.imported.next();
                self.of_snapshot = self.of_snapshot.saturating_add(1);
            }
            RowRef::Own(_) => {
                self.own.next();
                self.of_own = self.of_own.saturating_add(1);
            }
        }
        self.last = Some(row);
    }

    /// Returns this position, when there is a row before it and another one behind it.
    pub fn position(&mut self) -> Option<Position> {
        let last = self.last?;
        self.next_row()?;
        Some(Position {
            of_snapshot: self.of_snapshot,
            of_own: self.of_own,
            last: start(&last.key().row_id()),
        })
    }

    fn next_row(&mut self) -> Option<RowRef<'p>> {
        match (self.imported.peek(), self.own.peek()) {
            (Some(one), Some(other)) if other.key() < one.key() => Some(*other),
            (Some(one), _) => Some(*one),
            (None, other) => other.copied(),
        }
    }
}
