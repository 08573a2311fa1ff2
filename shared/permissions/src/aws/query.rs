//! Queries over effective permissions: decided in stages, so that a row is looked at only when it can still be in the
//! result, and once for all sources that share it.

mod action_outcomes;
mod class_by_action;
mod classes;
mod condition;
mod contains_all;
mod counts;
mod cursor;
mod documents;
mod grouped;
mod groups;
mod occurring;
mod outcomes;
mod plan;
mod row_ref;
mod rows;
mod view;
mod written;

pub use occurring::Occurring;
#[cfg(test)]
pub(crate) use row_ref::RowRef;
pub(crate) use written::{explained, item, written};

use crate::aws::EffectivePermissions;
use crate::aws::data::{IdVec, Source, SourceId};
use classes::Classes;
use jiff::civil::Date;
use plan::Plan;
use rows::Rows;
use rql::Predicate;
use view::PartialRow;

/// The rows of imported accounts that a query selects
pub(crate) struct Selection<'s> {
    plan: Plan<'s>,
    counts: IdVec<SourceId, u64>,
    total: u64,
}

/// Selects rows of one shard, which are counted at once and worked out when they are read. Logins and uses of access keys
/// count up to `today`, the UTC day of the search. `occurring` says what occurs in the rows of all shards.
pub(crate) fn select<'s>(
    effective: &'s EffectivePermissions,
    query: &rql::Query,
    today: Date,
    occurring: &'s Occurring,
) -> Selection<'s> {
    let mut plan = Plan::new(effective, query, today);
    plan.occurring = Some(occurring);
    let mut classes = Classes::new(&plan);
    let counts = classes.counts();
    drop(classes);
    Selection {
        total: counts.iter().fold(0, |total, count| total.saturating_add(*count)),
        counts,
        plan,
    }
}

/// Returns which actions of the query's `CONTAINS ALL` occur in the rows of external sources.
pub(crate) fn occurring(effective: &EffectivePermissions, query: &rql::Query, today: Date) -> Occurring {
    let plan = Plan::new(effective, query, today);
    Classes::new(&plan).occurring()
}

/// Returns whether a predicate about the source alone holds for all of its rows.
pub(super) fn source_holds(
    effective: &EffectivePermissions,
    source: &Source,
    predicate: &Predicate,
    today: Date,
) -> bool {
    let row = PartialRow {
        effective,
        source,
        attachment: None,
        today,
    };
    rql::predicate_holds(predicate, &row)
}

impl<'s> Selection<'s> {
    pub(super) const fn effective(&self) -> &'s EffectivePermissions {
        self.plan.effective
    }

    /// Returns the UTC day of the search.
    pub(super) const fn today(&self) -> Date {
        self.plan.today
    }

    /// Returns how many rows each source has.
    pub(super) const fn counts(&self) -> &IdVec<SourceId, u64> {
        &self.counts
    }

    /// Returns the exact number of rows.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// Returns whether explanations of the rows show how the source can become an administrator.
    pub(crate) fn explains_paths(&self) -> bool {
        self.plan.asks_for_paths()
    }

    /// Returns the rows in total order, without the first `skip`.
    pub(crate) fn rows(&self, skip: u64) -> Rows<'_, 's> {
        Rows::new(&self.plan, &self.counts, skip)
    }
}
