//! Destinations by number, so that what a query finds out about one holds wherever it occurs.

use super::destination_columns::{DestinationColumns, columns};
use super::table::Table;
use crate::aws::data::{IdVec, Snapshot, TableId};
use foldhash::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The destinations of all tables that a query has looked at
#[derive(Debug)]
pub(super) struct DestinationNumbers {
    /// By all that queries see of one
    numbers: Mutex<HashMap<Seen, u32>>,
    /// Of each table: the number of the destination of each row
    tables: IdVec<TableId, OnceLock<Box<[u32]>>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Seen {
    id: Box<str>,
    account: Box<str>,
    service: Box<str>,
    resource_type: u16,
}

impl DestinationNumbers {
    pub(super) fn new(tables: usize) -> Self {
        Self {
            numbers: Mutex::default(),
            tables: (0..tables).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The number of the destination of each row of a table.
    pub(super) fn of(&self, snapshot: &Snapshot, id: TableId, table: &Table) -> &[u32] {
        let Some(cell) = self.tables.get(id) else {
            return &[];
        };
        cell.get_or_init(|| {
            // Rows of one service, destination and type stand for the same one; hashing texts for each costs more.
            let mut known: HashMap<(u32, u16, u32), u32> = HashMap::default();
            let rows = table.rows.iter();
            rows.map(|row| {
                let service = snapshot.actions.service_of(row.action);
                *known
                    .entry((row.dest, row.resource_type, service))
                    .or_insert_with(|| self.number(&columns(snapshot, table, row), row.resource_type))
            })
            .collect()
        })
    }

    fn number(&self, destination: &DestinationColumns<'_>, resource_type: u16) -> u32 {
        let seen = Seen {
            id: destination.id.into(),
            account: destination.account.into(),
            service: destination.service.into(),
            resource_type,
        };
        // Numbers are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(seen).or_insert(next)
    }
}
