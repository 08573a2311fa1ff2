//! Holds what the tables of one policy have in common: the rows that may be left, by what is decided together.

use super::kind_actions::KindActions;
use super::table::TableRow;
use crate::row::exceptions::Exceptions;
use std::sync::{Arc, OnceLock};

/// Holds the rows that a table can have
///
/// A table has all rows of some cells: what is decided about a cell holds for each of its rows.
#[derive(Debug)]
pub(super) struct CommonRows {
    /// All rows, in order
    pub(super) rows: Arc<[TableRow]>,
    pub(super) kinds: Box<[CommonKind]>,
    /// Distinct, in byte order
    pub(super) dests: Arc<[TableDest]>,
    /// Of each kind: its first row and the number of its rows
    pub(super) sizes: Box<[(TableRow, usize)]>,
    /// The number of the destination of each kind, where the account of the table does not change it
    pub(super) destinations: OnceLock<Box<[Option<u32>]>>,
    /// The actions of the rows of each kind
    pub(super) actions_of_kinds: OnceLock<Box<[KindActions]>>,
}

/// Says what rows have in common that differ in nothing but their actions
#[derive(Debug, Clone, Copy)]
pub(super) struct CommonKind {
    /// Index of the destination
    pub(super) dest: u32,
    /// [`NO_TYPE`](crate::aws::data::NO_TYPE) when there is none
    pub(super) resource_type: u16,
    /// Index of the cell
    pub(super) cell: u32,
}

/// A destination of a table
#[derive(Debug)]
pub(super) struct TableDest {
    pub(super) id: Box<str>,
    /// Names the account that owns the destination; `*` for any account, `None` when the owner is assumed to be the
    /// table's owner
    pub(super) account: Option<Box<str>>,
}

/// Says what is left of the rows of a cell: what limits the rows, and which statements grant them
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Outcome {
    pub(super) exceptions: Exceptions,
    /// Indices into the document's valid statements, ascending
    pub(super) statements: Box<[u16]>,
}

/// Holds the rows that the tables of an account can have
#[derive(Debug)]
pub(crate) struct AccountRows {
    pub(super) common: Arc<CommonRows>,
    /// The account of the destinations that name no account
    pub(super) owner: Box<str>,
    /// The number of the destination of each kind
    pub(super) destinations: OnceLock<Box<[u32]>>,
}

impl CommonRows {
    pub(super) fn new(rows: Vec<TableRow>, kinds: Vec<CommonKind>, dests: Arc<[TableDest]>) -> Self {
        let none = TableRow {
            action: u32::MAX,
            kind: u32::MAX,
        };
        let mut sizes = vec![(none, 0_usize); kinds.len()];
        for &row in &rows {
            if let Some((first, size)) = sizes.get_mut(index(row.kind)) {
                if *size == 0 {
                    *first = row;
                }
                *size = size.saturating_add(1);
            }
        }
        Self {
            rows: rows.into(),
            kinds: kinds.into(),
            dests,
            sizes: sizes.into(),
            destinations: OnceLock::new(),
            actions_of_kinds: OnceLock::new(),
        }
    }

    pub(super) fn kind(&self, row: TableRow) -> Option<&CommonKind> {
        self.kinds.get(index(row.kind))
    }

    /// Counts the rows of those cells of which something is left.
    pub(super) fn count<T>(&self, outcomes: &[Option<T>]) -> usize {
        let sizes = self.kinds.iter().zip(&self.sizes);
        let is_left = |kind: &CommonKind| matches!(outcomes.get(index(kind.cell)), Some(Some(_)));
        sizes
            .filter(|(kind, _)| is_left(kind))
            .map(|(_, (_, size))| *size)
            .sum()
    }
}

impl AccountRows {
    pub(super) fn new(common: Arc<CommonRows>, owner: &str) -> Self {
        Self {
            common,
            owner: owner.into(),
            destinations: OnceLock::new(),
        }
    }

    /// Returns for each kind of rows the first row and the number of rows.
    pub(crate) fn kinds(&self) -> &[(TableRow, usize)] {
        &self.common.sizes
    }
}

pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
