//! Numbers destinations, so that what a query finds out about one holds wherever it occurs.

use super::destination_columns::{DestinationColumns, columns};
use super::table::Table;
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
    /// The number of the destination of each kind of rows of a table.
    pub(super) fn of<'t>(&self, snapshot: &Snapshot, table: &'t Table) -> &'t [u32] {
        table.destinations.get_or_init(|| {
            let mut numbers: Vec<Option<u32>> = vec![None; table.kinds()];
            for &row in table.rows() {
                let slot = usize::try_from(row.kind).ok();
                if let Some(slot @ None) = slot.and_then(|kind| numbers.get_mut(kind)) {
                    let resource_type = table.kind(row).map(|kind| kind.resource_type);
                    let seen = columns(snapshot, table, row);
                    *slot = Some(self.number(&seen, resource_type.unwrap_or_default()));
                }
            }
            // A kind without rows has no number that could be asked for.
            numbers
                .into_iter()
                .map(|number| number.unwrap_or(u32::MAX))
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
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(seen).or_insert(next)
    }
}
