//! Queries over a snapshot: decided in stages, so that a row is looked at only when it can still be in the result, and
//! once for all sources that share it.

mod classes;
mod documents;
mod groups;
mod outcomes;
mod plan;
mod rows;
#[cfg(test)]
mod tests;
mod view;

use crate::row::{Place, Row};
use crate::search::Key;
use crate::snapshot::Snapshot;
use classes::Classes;
use plan::Plan;
use rows::Places;
use serde::{Deserialize, Serialize};

/// Where a page ends: the number of rows of the result up to there
///
/// Holds for one query over one snapshot; of another one it may skip or repeat rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(u64);

/// Some rows of a result
#[derive(Debug)]
pub struct Page<'s> {
    /// In total order
    pub rows: Vec<Row<'s>>,
    /// None when this page ends the result
    pub next: Option<Position>,
    /// Rows of the whole result
    pub total: u64,
}

impl Snapshot {
    /// As [`Snapshot::page`], each row with the statements behind it.
    #[must_use]
    pub fn page_explained(&self, query: &rql::Query, limit: usize, after: Option<Position>) -> Page<'_> {
        self.paged(query, limit, after, Place::row_explained)
    }

    /// At most `limit` rows of the result after a position, and the exact number of all.
    #[must_use]
    pub fn page(&self, query: &rql::Query, limit: usize, after: Option<Position>) -> Page<'_> {
        self.paged(query, limit, after, Place::row)
    }

    fn paged<'s>(
        &'s self,
        query: &rql::Query,
        limit: usize,
        after: Option<Position>,
        row: impl Fn(&Place<'s>) -> Row<'s>,
    ) -> Page<'s> {
        let selection = self.select(query);
        let Position(start) = after.unwrap_or(Position(0));
        let rows: Vec<Row<'s>> = selection
            .places(start)
            .take(limit)
            .map(|place| row(&place))
            .collect();
        let end = start.saturating_add(rows.len() as u64);
        Page {
            next: (end < selection.total()).then_some(Position(end)),
            rows,
            total: selection.total(),
        }
    }

    /// The rows that a query selects: counted at once, worked out when they are asked for.
    pub(crate) fn select(&self, query: &rql::Query) -> Selection<'_> {
        let plan = Plan::new(self, query);
        let mut classes = Classes::new(&plan);
        let counts: Vec<u64> = self.sources.iter().map(|source| classes.count(source)).collect();
        drop(classes);
        Selection {
            total: counts.iter().fold(0, |total, count| total.saturating_add(*count)),
            counts,
            plan,
        }
    }
}

/// The rows of a snapshot that a query selects
pub(crate) struct Selection<'s> {
    plan: Plan<'s>,
    /// Of each source
    counts: Vec<u64>,
    total: u64,
}

impl<'s> Selection<'s> {
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The rows in total order, without the first `skip`.
    pub(crate) fn places(&self, skip: u64) -> Places<'_, 's> {
        Places::new(&self.plan, &self.counts, skip)
    }
}

impl<'s> Place<'s> {
    pub(crate) fn key(&self) -> Key<'s> {
        let kind = self.snapshot.actions.resource_type(self.grant.resource_type);
        let policy = self.snapshot.policies.get(self.attachment.policy);
        let entity = self.snapshot.entities.get(self.attachment.entity);
        Key {
            source: &self.source.id,
            action: self.action(),
            dest: self.table.dest(self.grant),
            resource_type: kind.map_or("*", |kind| &kind.name),
            policy: policy.map_or("", |policy| &policy.id),
            entity: entity.map_or("", |entity| &entity.id),
            // The id of a user or role says what it is; a service and a web identity may have one name.
            source_kind: (!self.source.kind.is_in_id()).then_some(self.source.kind.as_str()),
        }
    }

    pub(crate) fn row_explained(&self) -> Row<'s> {
        Row {
            explanation: Some(self.snapshot.explain(self)),
            ..self.row()
        }
    }
}
