//! Numbers the actions that rows of one kind have, so that what a query finds out about one holds wherever it occurs.

use super::common_rows::{CommonRows, index};
use super::table::Table;
use foldhash::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Holds the actions of all kinds of rows that a query has looked at
#[derive(Debug, Default)]
pub(super) struct AllKindActions(Mutex<HashMap<Arc<[u32]>, u32>>);

/// The actions of the rows of one kind
#[derive(Debug)]
pub(crate) struct KindActions {
    /// Equal numbers, the same actions
    pub(crate) number: u32,
    /// The numbers of the actions, ascending
    pub(crate) actions: Arc<[u32]>,
}

impl AllKindActions {
    /// Returns the actions of each kind of rows, of all rows that a table of the same policy can have.
    pub(super) fn of<'t>(&self, table: &'t Table) -> &'t [KindActions] {
        let common = &table.of_account().common;
        common.actions_of_kinds.get_or_init(|| {
            let (actions, ends) = by_kind(common);
            let mut start = 0;
            let sets = ends.into_iter().map(|end| {
                let actions = actions.get(start..end).unwrap_or_default();
                start = end;
                self.numbered(actions)
            });
            sets.collect()
        })
    }

    fn numbered(&self, actions: &[u32]) -> KindActions {
        // Numbers are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((actions, &number)) = numbers.get_key_value(actions) {
            let actions = Arc::clone(actions);
            return KindActions { number, actions };
        }
        let number = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let actions: Arc<[u32]> = actions.into();
        numbers.insert(Arc::clone(&actions), number);
        KindActions { number, actions }
    }
}

/// Returns the actions of all rows, those of one kind one after the other, and where each kind ends.
fn by_kind(common: &CommonRows) -> (Vec<u32>, Vec<usize>) {
    let mut ends: Vec<usize> = Vec::with_capacity(common.sizes.len());
    let mut next = 0_usize;
    for (_, size) in &common.sizes {
        // The place of the first row, until the rows are put there.
        ends.push(next);
        next = next.saturating_add(*size);
    }
    let mut actions = vec![0; next];
    for row in &*common.rows {
        if let Some(end) = ends.get_mut(index(row.kind)) {
            if let Some(slot) = actions.get_mut(*end) {
                *slot = row.action;
            }
            *end = end.saturating_add(1);
        }
    }
    (actions, ends)
}
