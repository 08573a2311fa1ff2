//! Queries over effective permissions: decided in stages, so that a row is looked at only when it can still be in the
//! result, and once for all sources that share it.

mod action_outcomes;
mod classes;
mod documents;
mod grouped;
mod groups;
mod outcomes;
mod plan;
mod rows;
mod view;
mod written;

pub(crate) use crate::aws::effective::RowRef;
pub(crate) use written::{explained, item, key, written};

use crate::aws::EffectivePermissions;
use crate::aws::data::{IdVec, SourceId};
use classes::Classes;
use jiff::civil::Date;
use plan::Plan;
use rows::Rows;

/// The rows of imported accounts that a query selects
pub(crate) struct Selection<'s> {
    plan: Plan<'s>,
    counts: IdVec<SourceId, u64>,
    total: u64,
}

/// Selects rows: they are counted at once, and worked out when they are read. Logins and uses of access keys count up to
/// `today`, the UTC day of the search.
pub(crate) fn select<'s>(
    effective: &'s EffectivePermissions,
    query: &rql::Query,
    today: Date,
) -> Selection<'s> {
    let plan = Plan::new(effective, query, today);
    let mut classes = Classes::new(&plan);
    let sources = effective.snapshot().sources.iter();
    let counts: IdVec<SourceId, u64> = sources.map(|source| classes.count(source)).collect();
    drop(classes);
    Selection {
        total: counts.iter().fold(0, |total, count| total.saturating_add(*count)),
        counts,
        plan,
    }
}

impl<'s> Selection<'s> {
    /// The exact number of rows.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// Whether explanations of the rows show how the source can become an administrator.
    pub(crate) fn explains_paths(&self) -> bool {
        self.plan.asks_for_paths()
    }

    /// The rows in total order, without the first `skip`.
    pub(crate) fn rows(&self, skip: u64) -> Rows<'_, 's> {
        Rows::new(&self.plan, &self.counts, skip)
    }
}
