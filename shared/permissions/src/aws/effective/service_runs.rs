//! The rows of a table by service: what queries about unused permissions count.

use super::table::TableRow;
use crate::aws::data::actions::Actions;

/// The rows of a table about actions of one service
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceRun {
    pub(crate) service: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Divides the rows of a table by service.
pub(super) fn runs(actions: &Actions, rows: &[TableRow]) -> Box<[ServiceRun]> {
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
