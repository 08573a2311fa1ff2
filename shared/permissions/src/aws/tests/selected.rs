//! Rows of a result, as a shard finds them before it writes them.

use super::sample_account::TODAY;
use crate::aws::EffectivePermissions;
use crate::aws::query::{self, Selection};
use crate::row::Row;

/// Returns all rows of a condition's result.
pub(crate) fn all<'s>(effective: &'s EffectivePermissions, condition: &str) -> Vec<Row<'s>> {
    let selection = selection(effective, &parsed(condition));
    selection.rows(0).map(|row| query::written(&row)).collect()
}

/// Returns all rows of a condition's result, each with the statements behind it.
pub(crate) fn explained<'s>(effective: &'s EffectivePermissions, condition: &str) -> Vec<Row<'s>> {
    let selection = selection(effective, &parsed(condition));
    let with_path = selection.explains_paths();
    let rows = selection.rows(0);
    rows.map(|row| query::explained(&row, with_path)).collect()
}

/// Returns all rows of imported accounts.
pub(crate) fn rows(effective: &EffectivePermissions) -> Vec<Row<'_>> {
    all(effective, "dest.cloud.type = 'AWS'")
}

/// Returns the number of rows of a condition's result.
pub(crate) fn total(effective: &EffectivePermissions, condition: &str) -> u64 {
    selection(effective, &parsed(condition)).total()
}

/// Selects the rows of a query, for as long as the test runs. A query that covers one resource has permissions of its own.
pub(crate) fn selection<'s>(effective: &'s EffectivePermissions, query: &rql::Query) -> Selection<'s> {
    let effective = match query.covered_resource() {
        Some(resource) => Box::leak(Box::new(effective.covering(resource))),
        None => effective,
    };
    query::select(effective, query, TODAY, Box::leak(Box::default()))
}

fn parsed(condition: &str) -> rql::Query {
    rql::Query::parse(&format!("config from iam where {condition}")).unwrap()
}
