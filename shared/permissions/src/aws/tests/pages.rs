//! Pages of a search, as the operations make them.

use super::sample_account::TODAY;
use crate::aws::EffectivePermissions;
use crate::row::Row;
use crate::search::{Imported, Position, Search};

/// Some rows of a result
pub(crate) struct Page<'s> {
    pub(crate) rows: Vec<Row<'s>>,
    /// The position is absent when this page ends the result
    pub(crate) next: Option<Position>,
    /// Rows of the whole result
    pub(crate) total: u64,
}

/// Returns at most `limit` rows of a condition's result after a position.
pub(crate) fn page<'s>(
    effective: &'s EffectivePermissions,
    condition: &str,
    limit: usize,
    after: Option<&Position>,
) -> Page<'s> {
    paged(effective, condition, limit, after, false)
}

/// Returns all rows of a condition's result.
pub(crate) fn all<'s>(effective: &'s EffectivePermissions, condition: &str) -> Vec<Row<'s>> {
    page(effective, condition, usize::MAX, None).rows
}

/// Returns all rows of a condition's result, each with the statements behind it.
pub(crate) fn explained<'s>(effective: &'s EffectivePermissions, condition: &str) -> Vec<Row<'s>> {
    paged(effective, condition, usize::MAX, None, true).rows
}

/// Returns all rows of imported accounts.
pub(crate) fn rows(effective: &EffectivePermissions) -> Vec<Row<'_>> {
    all(effective, "dest.cloud.type = 'AWS'")
}

/// Returns the number of rows of a condition's result.
pub(crate) fn total(effective: &EffectivePermissions, condition: &str) -> u64 {
    page(effective, condition, 0, None).total
}

/// Prepares the imported accounts for a query, for as long as the test runs.
pub(crate) fn for_query<'s>(effective: &'s EffectivePermissions, query: &rql::Query) -> &'s Imported<'s> {
    Box::leak(Box::new(Imported::of(effective, query, TODAY)))
}

fn paged<'s>(
    effective: &'s EffectivePermissions,
    condition: &str,
    limit: usize,
    after: Option<&Position>,
    explain: bool,
) -> Page<'s> {
    let query = rql::Query::parse(&format!("config from iam where {condition}")).unwrap();
    let search = Search::new(&query, Some(for_query(effective, &query)), None);
    let mut rows = match after {
        None => search.rows(),
        Some(position) => search.rows_after(position).unwrap(),
    };
    let mut page = Vec::new();
    while page.len() < limit
        && let Some(row) = rows.current(explain)
    {
        page.push(row);
        rows.advance();
    }
    Page {
        rows: page,
        next: rows.position(),
        total: search.total(),
    }
}
