//! A table is what one policy grants to one principal class: rows without source and entity.

use crate::row::exceptions::Exceptions;

/// One row of a table; rows are sorted by action, destination and type
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRow {
    pub(crate) action: u32,
    /// Index of the destination in the table
    pub(crate) dest: u32,
    /// [`NO_TYPE`](crate::aws::data::NO_TYPE) when there is none
    pub(crate) resource_type: u16,
    pub(crate) exceptions: Exceptions,
    /// Start of the granting statements in the table
    statements: u32,
    statement_count: u16,
}

/// All that a policy grants to a principal class
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: Vec<TableRow>,
    /// Distinct, in byte order
    dests: Vec<TableDest>,
    statements: Vec<u16>,
}

/// A destination of a table
#[derive(Debug)]
pub(super) struct TableDest {
    pub(super) id: Box<str>,
    /// Who owns it; `*` for anybody
    pub(super) account: Box<str>,
}

impl Table {
    pub(super) const EMPTY: Self = Self::new(Vec::new());

    /// A table without rows yet.
    pub(super) const fn new(dests: Vec<TableDest>) -> Self {
        Self {
            rows: Vec::new(),
            dests,
            statements: Vec::new(),
        }
    }

    /// Adds the next row, with the indices of the statements that grant it, ascending.
    pub(super) fn push(
        &mut self,
        (action, dest, resource_type): (u32, u32, u16),
        exceptions: Exceptions,
        statements: impl IntoIterator<Item = u16>,
    ) {
        let start = self.statements.len();
        for statement in statements {
            if self.statements.get(start..).and_then(<[u16]>::last) != Some(&statement) {
                self.statements.push(statement);
            }
        }
        let count = self.statements.len().saturating_sub(start);
        self.rows.push(TableRow {
            action,
            dest,
            resource_type,
            exceptions,
            statements: u32::try_from(start).unwrap_or(u32::MAX),
            statement_count: u16::try_from(count).unwrap_or(u16::MAX),
        });
    }

    fn dest_of(&self, row: &TableRow) -> Option<&TableDest> {
        self.dests.get(usize::try_from(row.dest).ok()?)
    }

    /// The destination as the row shows it.
    pub(crate) fn dest(&self, row: &TableRow) -> &str {
        self.dest_of(row).map_or("*", |dest| &dest.id)
    }

    /// The account that owns the destination; `*` for any.
    pub(crate) fn account(&self, row: &TableRow) -> &str {
        self.dest_of(row).map_or("*", |dest| &dest.account)
    }

    /// The granting statements, as indices into the document's valid statements.
    pub(crate) fn statements(&self, row: &TableRow) -> &[u16] {
        let start = usize::try_from(row.statements).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(row.statement_count));
        self.statements.get(start..end).unwrap_or_default()
    }
}
