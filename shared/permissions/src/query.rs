//! Queries over a snapshot: predicates are decided for sources and attachments first, so that a row is looked at only
//! when it can still be in the result.

mod classes;
mod plan;
mod rows;
#[cfg(test)]
mod tests;
mod view;

use crate::row::{Place, Row};
use crate::snapshot::Snapshot;
use classes::Classes;
use plan::Plan;
use serde::{Deserialize, Serialize};

/// Where a page ends: the sort key of its last row
///
/// Holds for one snapshot; of another one it may skip or repeat rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    source: String,
    action: String,
    dest: String,
    resource_type: String,
    policy: String,
    entity: String,
}

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
    pub fn page_explained(&self, query: &rql::Query, limit: usize, after: Option<&Position>) -> Page<'_> {
        self.paged(query, limit, after, |place| Row {
            explanation: Some(self.explain(place)),
            ..place.row()
        })
    }

    /// At most `limit` rows of the result after a position, and the exact number of all.
    #[must_use]
    pub fn page(&self, query: &rql::Query, limit: usize, after: Option<&Position>) -> Page<'_> {
        self.paged(query, limit, after, Place::row)
    }

    fn paged<'s>(
        &'s self,
        query: &rql::Query,
        limit: usize,
        after: Option<&Position>,
        row: impl Fn(&Place<'s>) -> Row<'s>,
    ) -> Page<'s> {
        let plan = Plan::new(self, query);
        let mut classes = Classes::new(&plan);
        let (mut total, mut places) = (0_u64, Vec::<Place<'s>>::new());
        let wanted = limit.saturating_add(1);
        for source in &self.sources {
            let count = classes.count(source);
            total = total.saturating_add(count);
            let missing = wanted.saturating_sub(places.len());
            let is_past = after.is_some_and(|after| *source.id < *after.source);
            if count == 0 || missing == 0 || is_past {
                continue;
            }
            let after = after.filter(|after| *source.id == *after.source);
            places.extend(classes.rows(source, after, missing));
        }
        let more = places.len() > limit;
        places.truncate(limit);
        Page {
            next: if more {
                places.last().map(Place::position)
            } else {
                None
            },
            rows: places.iter().map(row).collect(),
            total,
        }
    }
}

/// What rows of one source are sorted by.
type Key<'k> = (&'k str, &'k str, &'k str, &'k str, &'k str);

impl<'s> Place<'s> {
    fn key(&self) -> Key<'s> {
        let kind = self.snapshot.actions.resource_type(self.grant.resource_type);
        (
            self.action(),
            self.table.dest(self.grant),
            kind.map_or("*", |kind| &kind.name),
            self.snapshot
                .policies
                .get(self.attachment.policy)
                .map_or("", |policy| &policy.id),
            self.snapshot
                .entities
                .get(self.attachment.entity)
                .map_or("", |entity| &entity.id),
        )
    }

    fn position(&self) -> Position {
        let (action, dest, resource_type, policy, entity) = self.key();
        Position {
            source: self.source.id.to_string(),
            action: action.to_owned(),
            dest: dest.to_owned(),
            resource_type: resource_type.to_owned(),
            policy: policy.to_owned(),
            entity: entity.to_owned(),
        }
    }
}

impl Position {
    fn key(&self) -> Key<'_> {
        (
            &self.action,
            &self.dest,
            &self.resource_type,
            &self.policy,
            &self.entity,
        )
    }
}
