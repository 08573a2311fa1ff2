//! Destinations by number, so that what a query finds out about one holds wherever it occurs.

use super::{Attachment, Snapshot, Source};
use crate::row::Place;
use foldhash::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The destinations of all tables that have been asked for them
#[derive(Debug)]
pub(super) struct Destinations {
    /// By all that queries see of one
    numbers: Mutex<HashMap<Seen, u32>>,
    /// Of each table: the number of the destination of each row
    tables: Vec<OnceLock<Box<[u32]>>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Seen {
    id: Box<str>,
    account: Box<str>,
    service: Box<str>,
    resource_type: u16,
}

impl Destinations {
    pub(super) fn of(tables: usize) -> Self {
        Self {
            numbers: Mutex::default(),
            tables: (0..tables).map(|_| OnceLock::new()).collect(),
        }
    }
}

impl Snapshot {
    /// The number of the destination of each row of an attachment's table.
    pub(crate) fn destinations(&self, source: &Source, attachment: Attachment) -> &[u32] {
        let Some(cell) = self.destinations.tables.get(attachment.table) else {
            return &[];
        };
        cell.get_or_init(|| {
            let table = self.table(attachment.table);
            // Rows of one service, destination and type stand for the same one; hashing texts for each costs more.
            let mut known: HashMap<(u32, u16, &str), u32> = HashMap::default();
            let number = |grant| {
                let place = Place {
                    snapshot: self,
                    source,
                    attachment,
                    table,
                    grant,
                };
                let service = place.action().split(':').next().unwrap_or_default();
                *known
                    .entry((grant.dest, grant.resource_type, service))
                    .or_insert_with(|| self.destination_number(&place))
            };
            table.grants.iter().map(number).collect()
        })
    }

    fn destination_number(&self, place: &Place<'_>) -> u32 {
        let destination = place.destination();
        let seen = Seen {
            id: destination.id.into(),
            account: destination.account.into(),
            service: destination.service.into(),
            resource_type: place.grant.resource_type,
        };
        // Numbers are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self
            .destinations
            .numbers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(seen).or_insert(next)
    }
}
