//! A table is what one policy grants to one principal class: rows without source and entity.

use super::common_rows::{AccountRows, CommonRows, Outcome, TableDest, index};
use crate::aws::data::NO_TYPE;
use crate::aws::data::actions::Actions;
use crate::row::exceptions::Exceptions;
use std::sync::{Arc, OnceLock};

/// One row of a table; rows are sorted by action, destination and type
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableRow {
    pub(crate) action: u32,
    /// Index of the kind in the table
    pub(crate) kind: u32,
}

/// Holds what a row has in common with other rows
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowKind {
    /// The resource type; [`NO_TYPE`](crate::aws::data::NO_TYPE) when there is none
    pub(crate) resource_type: u16,
    pub(crate) exceptions: Exceptions,
}

/// The rows of tables that differ only in the account that owns the destinations without owner
#[derive(Debug)]
pub(super) struct Body {
    common: Arc<CommonRows>,
    /// Of each cell
    outcomes: Box<[Option<Arc<Outcome>>]>,
    /// The number of rows that are left
    size: usize,
    /// The rows that are left, listed when a query first looks at single ones
    rows: OnceLock<Arc<[TableRow]>>,
    service_runs: OnceLock<Box<[ServiceRun]>>,
    administrative: OnceLock<bool>,
}

/// Names the rows that are left in tables of several accounts: equal names, the same rows
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BodyId(usize);

/// Holds everything that a policy grants to a principal class
#[derive(Debug)]
pub(crate) struct Table {
    /// The number of the table: equal numbers, the same table
    number: u32,
    body: Arc<Body>,
    of_account: Arc<AccountRows>,
}

/// The rows of a table about actions of one service
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceRun {
    pub(crate) service: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Body {
    /// Makes a table of what is left of each cell.
    pub(super) fn new(common: Arc<CommonRows>, outcomes: Box<[Option<Arc<Outcome>>]>) -> Self {
        Self {
            size: common.count(&outcomes),
            common,
            outcomes,
            rows: OnceLock::new(),
            service_runs: OnceLock::new(),
            administrative: OnceLock::new(),
        }
    }

    fn outcome(&self, kind: u32) -> Option<&Outcome> {
        let cell = self.common.kinds.get(index(kind))?.cell;
        self.outcomes.get(index(cell))?.as_deref()
    }

    fn rows(&self) -> &[TableRow] {
        self.rows.get_or_init(|| {
            if self.size == self.common.rows.len() {
                return Arc::clone(&self.common.rows);
            }
            let kinds = 0..u32::try_from(self.common.kinds.len()).unwrap_or(u32::MAX);
            let left: Vec<bool> = kinds.map(|kind| self.outcome(kind).is_some()).collect();
            let mut rows = Vec::with_capacity(self.size);
            let all = self.common.rows.iter();
            rows.extend(all.filter(|row| left.get(index(row.kind)) == Some(&true)));
            rows.into()
        })
    }
}

impl Table {
    /// Makes a table of rows that were worked out.
    pub(super) const fn new(number: u32, body: Arc<Body>, of_account: Arc<AccountRows>) -> Self {
        Self {
            number,
            body,
            of_account,
        }
    }

    /// Makes a table without rows.
    pub(super) fn empty() -> Self {
        let common = Arc::new(CommonRows::new(Vec::new(), Vec::new(), [].into()));
        let body = Arc::new(Body::new(Arc::clone(&common), [].into()));
        Self::new(0, body, Arc::new(AccountRows::new(common, "")))
    }

    /// Returns the number of the table. Tables of several principal classes can be the same one.
    pub(crate) fn number(&self) -> usize {
        usize::try_from(self.number).unwrap_or(usize::MAX)
    }

    /// Returns what names the rows that are left, as long as the tables are in memory.
    pub(crate) fn body_id(&self) -> BodyId {
        BodyId(Arc::as_ptr(&self.body).addr())
    }

    /// Returns the rows that the tables of the account can have.
    pub(crate) fn of_account(&self) -> &AccountRows {
        &self.of_account
    }

    /// Returns whether the rows of a kind are among the rows of the table.
    pub(crate) fn has_kind(&self, kind: u32) -> bool {
        self.body.outcome(kind).is_some()
    }

    /// Returns the number of rows.
    pub(crate) fn size(&self) -> usize {
        self.body.size
    }

    /// Returns all rows, in order.
    pub(crate) fn rows(&self) -> &[TableRow] {
        self.body.rows()
    }

    /// Returns what a row has in common with others.
    pub(crate) fn kind(&self, row: TableRow) -> Option<RowKind> {
        let outcome = self.body.outcome(row.kind)?;
        Some(RowKind {
            resource_type: self.resource_type(row),
            exceptions: outcome.exceptions,
        })
    }

    /// Returns the type of the destination of a row, left or not; [`NO_TYPE`] when there is none.
    pub(super) fn resource_type(&self, row: TableRow) -> u16 {
        self.body
            .common
            .kind(row)
            .map_or(NO_TYPE, |kind| kind.resource_type)
    }

    fn dest_of(&self, row: TableRow) -> Option<&TableDest> {
        let common = &self.body.common;
        common.dests.get(index(common.kind(row)?.dest))
    }

    /// Returns the destination as the row shows it.
    pub(crate) fn dest(&self, row: TableRow) -> &str {
        self.dest_of(row).map_or("*", |dest| &dest.id)
    }

    /// Returns the account that owns the destination; `*` for any account.
    pub(crate) fn account(&self, row: TableRow) -> &str {
        let owner = &self.of_account.owner;
        self.dest_of(row)
            .map_or("*", |dest| dest.account.as_deref().unwrap_or(owner))
    }

    /// Returns whether the destination shows its account itself, so that the account of the table does not count.
    pub(crate) fn shows_account(&self, row: TableRow) -> bool {
        self.dest_of(row).is_none_or(|dest| dest.account.is_some())
    }

    /// Returns whether something limits or blurs the row.
    pub(crate) fn is_limited(&self, row: TableRow) -> bool {
        self.kind(row)
            .is_some_and(|kind| kind.exceptions != Exceptions::NONE)
    }

    /// Returns the granting statements, as indices into the document's valid statements.
    pub(crate) fn statements(&self, row: TableRow) -> &[u16] {
        self.body
            .outcome(row.kind)
            .map_or(&[], |outcome| &outcome.statements)
    }

    /// Returns the rows, divided by service.
    pub(crate) fn service_runs(&self, actions: &Actions) -> &[ServiceRun] {
        self.body
            .service_runs
            .get_or_init(|| service_runs(actions, self.body.rows()))
    }

    /// Returns whether some row's action lets a principal give itself more than it has.
    pub(crate) fn is_administrative(&self, actions: &Actions) -> bool {
        *self.body.administrative.get_or_init(|| {
            let mut rows = self.body.rows().iter();
            rows.any(|row| {
                actions
                    .get(row.action)
                    .is_some_and(|action| action.administrative)
            })
        })
    }
}

/// Divides the rows of a table by service.
fn service_runs(actions: &Actions, rows: &[TableRow]) -> Box<[ServiceRun]> {
    let mut start = 0;
    let service_of = |row: &TableRow| actions.service_of(row.action);
    let runs = rows.chunk_by(|one, other| service_of(one) == service_of(other));
    runs.filter_map(|run| {
        let end = start + run.len();
        let run = ServiceRun {
            service: service_of(run.first()?),
            start,
            end,
        };
        start = end;
        Some(run)
    })
    .collect()
}
