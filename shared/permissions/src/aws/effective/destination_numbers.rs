//! Numbers destinations, so that what a query finds out about one holds wherever it occurs.

use super::destination_columns::service;
use super::table::{Table, TableRow};
use crate::aws::data::Snapshot;
use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexSet};
use std::sync::{Mutex, PoisonError};

/// Holds the destinations of all tables that a query has looked at, by everything that queries see of a destination
#[derive(Debug, Default)]
pub(super) struct DestinationNumbers(Mutex<IndexSet<Seen<Box<str>>, RandomState>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Seen<T> {
    id: T,
    account: T,
    service: T,
    resource_type: u16,
}

impl Equivalent<Seen<Box<str>>> for Seen<&str> {
    fn equivalent(&self, known: &Seen<Box<str>>) -> bool {
        let texts = [self.id, self.account, self.service];
        texts == [&*known.id, &*known.account, &*known.service] && self.resource_type == known.resource_type
    }
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
            id: table.dest(row),
            account: table.account(row),
            service: service(snapshot, table, row),
            resource_type: table.resource_type(row),
        };
        // Numbers are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = numbers.get_index_of(&seen).unwrap_or_else(|| {
            let new = Seen {
                id: seen.id.into(),
                account: seen.account.into(),
                service: seen.service.into(),
                resource_type: seen.resource_type,
            };
            numbers.insert_full(new).0
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }
}
