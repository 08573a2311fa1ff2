//! Says what there is to search for, and what could change a result.

mod clouds;
mod known_values;

use rql::Query;

use crate::aws::{Cause, CausesPart, Incompleteness, SnapshotFacts, merged};

pub use clouds::Clouds;
pub use known_values::{ActionNames, ImportedValues, KnownValues, ValuesPart, add_begun};
pub(crate) use known_values::{begun_values, has_literals, values_of_literals};

/// Returns what could change the result of a query that asks for rows of imported accounts: each cause once, and none
/// when the result is complete. `imported` holds what the asked shards say, one of them with the common facts; it is
/// `None` when nothing is imported.
#[must_use]
pub fn incompleteness(
    query: &Query,
    known: &KnownValues<'_>,
    imported: Option<(&[CausesPart], &SnapshotFacts)>,
) -> Vec<Incompleteness> {
    let Some((parts, facts)) = imported else {
        return vec![Incompleteness {
            code: Cause::NothingImported,
            message: "nothing is imported for the account of the caller".to_owned(),
        }];
    };
    merged(parts, facts, query.without_data(known))
}
