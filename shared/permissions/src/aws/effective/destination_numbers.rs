//! Numbers destinations, so that what a query finds out about one holds wherever it occurs.

use super::destination_columns::service;
use super::table::{Table, TableRow};
use crate::aws::data::Snapshot;
use foldhash::HashMap;
use std::sync::{Mutex, PoisonError};

/// Holds the destinations of all tables that a query has looked at, by everything that queries see of a destination
#[derive(Debug, Default)]
pub(super) struct DestinationNumbers(Mutex<HashMap<Seen, u32>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Seen {
    id: Box<str>,
    account: Box<str>,
    service: Box<str>,
    resource_type: u16,
}

impl DestinationNumbers {
    /// Returns the number of the destination of each kind of rows of a table.
    pub(super) fn of<'t>(&self, snapshot: &Snapshot, table: &'t Table) -> &'t [u32] {
        // Tables of an account differ in what is left of the rows, and not in what a row shows.
        let rows = table.of_account();
        rows.destinations.get_or_init(|| {
            let kinds = rows.kinds().iter();
            let number = |row| self.number(snapshot, table, row);
            // Most destinations are the same for all accounts.
            let common = rows.common.destinations.get_or_init(|| {
                let common = kinds.clone();
                common
                    .map(|&(row, _)| table.shows_account(row).then(|| number(row)))
                    .collect()
            });
            let known = kinds.zip(common);
            known
                .map(|(&(row, _), known)| known.unwrap_or_else(|| number(row)))
                .collect()
        })
    }

    fn number(&self, snapshot: &Snapshot, table: &Table, row: TableRow) -> u32 {
        // Everything else that the columns show follows from these.
        let seen = Seen {
            id: table.dest(row).into(),
            account: table.account(row).into(),
            service: service(snapshot, table, row).into(),
            resource_type: table.resource_type(row),
        };
        // Numbers are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(seen).or_insert(next)
    }
}
