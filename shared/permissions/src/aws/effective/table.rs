//! A table is what one policy grants to one principal class: rows without source and entity.

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

/// What rows have that differ in nothing but their actions
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowKind {
    /// Index of the destination in the table
    pub(super) dest: u32,
    /// [`NO_TYPE`](crate::aws::data::NO_TYPE) when there is none
    pub(crate) resource_type: u16,
    pub(crate) exceptions: Exceptions,
    /// Start of the granting statements in the body
    statements: u32,
    statement_count: u16,
}

/// The rows of tables that differ only in the account that owns the destinations without owner
#[derive(Debug)]
pub(super) struct Body {
    rows: Arc<[TableRow]>,
    kinds: Vec<RowKind>,
    statements: Vec<u16>,
    service_runs: OnceLock<Box<[ServiceRun]>>,
    administrative: OnceLock<bool>,
}

/// Holds everything that a policy grants to a principal class
#[derive(Debug)]
pub(crate) struct Table {
    /// The number of the table: equal numbers, the same table
    number: u32,
    body: Arc<Body>,
    /// Distinct, in byte order
    dests: Arc<[TableDest]>,
    /// The account of the destinations that name none
    owner: Box<str>,
    /// The number of the destination of each kind
    pub(super) destinations: OnceLock<Box<[u32]>>,
}

/// A destination of a table
#[derive(Debug)]
pub(super) struct TableDest {
    pub(super) id: Box<str>,
    /// Who owns it; `*` for anybody, nothing when it is taken to be the table's owner
    pub(super) account: Option<Box<str>>,
}

/// The rows of a table about actions of one service
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceRun {
    pub(crate) service: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Body {
    /// A body without kinds yet.
    pub(super) fn new(rows: Arc<[TableRow]>) -> Self {
        Self {
            rows,
            kinds: Vec::new(),
            statements: Vec::new(),
            service_runs: OnceLock::new(),
            administrative: OnceLock::new(),
        }
    }

    /// Adds the next kind, with the indices of the statements that grant its rows, ascending.
    pub(super) fn push(
        &mut self,
        (dest, resource_type): (u32, u16),
        exceptions: Exceptions,
        statements: &[u16],
    ) {
        let start = self.statements.len();
        self.statements.extend_from_slice(statements);
        self.kinds.push(RowKind {
            dest,
            resource_type,
            exceptions,
            statements: u32::try_from(start).unwrap_or(u32::MAX),
            statement_count: u16::try_from(statements.len()).unwrap_or(u16::MAX),
        });
    }
}

impl Table {
    /// A table of rows that were worked out.
    pub(super) fn new(number: u32, body: Arc<Body>, dests: Arc<[TableDest]>, owner: &str) -> Self {
        Self {
            number,
            body,
            dests,
            owner: owner.into(),
            destinations: OnceLock::new(),
        }
    }

    /// A table without rows.
    pub(super) fn empty() -> Self {
        let body = Arc::new(Body::new([].into()));
        Self::new(0, body, [].into(), "")
    }

    /// Returns the number of the table. Tables of several principal classes can be the same one.
    pub(crate) fn number(&self) -> usize {
        usize::try_from(self.number).unwrap_or(usize::MAX)
    }

    /// All rows, in order.
    pub(crate) fn rows(&self) -> &[TableRow] {
        &self.body.rows
    }

    /// The number of kinds of rows.
    pub(super) fn kinds(&self) -> usize {
        self.body.kinds.len()
    }

    /// What a row has in common with others.
    pub(crate) fn kind(&self, row: TableRow) -> Option<&RowKind> {
        self.body.kinds.get(usize::try_from(row.kind).ok()?)
    }

    fn dest_of(&self, row: TableRow) -> Option<&TableDest> {
        self.dests.get(usize::try_from(self.kind(row)?.dest).ok()?)
    }

    /// Returns the destination as the row shows it.
    pub(crate) fn dest(&self, row: TableRow) -> &str {
        self.dest_of(row).map_or("*", |dest| &dest.id)
    }

    /// The account that owns the destination; `*` for any.
    pub(crate) fn account(&self, row: TableRow) -> &str {
        self.dest_of(row)
            .map_or("*", |dest| dest.account.as_deref().unwrap_or(&self.owner))
    }

    /// Returns whether something limits or blurs the row.
    pub(crate) fn is_limited(&self, row: TableRow) -> bool {
        self.kind(row)
            .is_some_and(|kind| kind.exceptions != Exceptions::NONE)
    }

    /// The granting statements, as indices into the document's valid statements.
    pub(crate) fn statements(&self, row: TableRow) -> &[u16] {
        let Some(kind) = self.kind(row) else { return &[] };
        let start = usize::try_from(kind.statements).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(kind.statement_count));
        self.body.statements.get(start..end).unwrap_or_default()
    }

    /// Returns the rows, divided by service.
    pub(crate) fn service_runs(&self, actions: &Actions) -> &[ServiceRun] {
        self.body
            .service_runs
            .get_or_init(|| service_runs(actions, &self.body.rows))
    }

    /// Returns whether some row's action lets a principal give itself more than it has.
    pub(crate) fn is_administrative(&self, actions: &Actions) -> bool {
        *self.body.administrative.get_or_init(|| {
            let mut rows = self.body.rows.iter();
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
