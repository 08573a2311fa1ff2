//! Queries over a snapshot: predicates are decided for sources and attachments first, so that a row is looked at only
//! when it can still be in the result.

mod plan;
#[cfg(test)]
mod tests;
mod view;

use crate::row::{Place, Row};
use crate::search::Key;
use crate::snapshot::{Snapshot, Source};
use plan::{Alternative, Counts, Outcomes, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        let counts = self.counts(&plan);
        let total = counts
            .iter()
            .fold(0, |total: u64, count| total.saturating_add(*count));
        Selection {
            snapshot: self,
            plan,
            counts,
            total,
        }
    }

    /// Rows of each source.
    fn counts(&self, plan: &Plan<'_>) -> Vec<u64> {
        let mut counts = Counts::default();
        let of_source = |source| match plan.only() {
            Some(alternative) => self.count_of(plan, alternative, source, &mut counts),
            None => self.hits(plan, source).len() as u64,
        };
        self.sources.iter().map(of_source).collect()
    }

    fn count_of(
        &self,
        plan: &Plan<'_>,
        alternative: &Alternative,
        source: &Source,
        counts: &mut Counts,
    ) -> u64 {
        let mut total = 0_u64;
        let Some(of_source) = plan.of_source(alternative, source) else {
            return 0;
        };
        for &attachment in &source.attachments {
            let Some(outcomes) = plan.of_attachment(alternative, &of_source, source, attachment) else {
                continue;
            };
            let count = || {
                let grants = plan.grants(alternative, attachment);
                let table = self.table(attachment.table);
                let passing = grants.filter(|grant| {
                    let place = Place {
                        snapshot: self,
                        source,
                        attachment,
                        table,
                        grant,
                    };
                    plan.keeps(alternative, &outcomes, &place)
                });
                passing.count() as u64
            };
            total = total.saturating_add(if plan.rows_depend_on_source() {
                count()
            } else {
                *counts
                    .entry((attachment.table, outcomes.clone()))
                    .or_insert_with(count)
            });
        }
        total
    }

    /// The rows of one source, in order.
    fn hits<'s>(&'s self, plan: &Plan<'s>, source: &'s Source) -> Vec<Place<'s>> {
        let mut hits: Vec<Place<'s>> = Vec::new();
        for alternative in &plan.alternatives {
            let Some(of_source) = plan.of_source(alternative, source) else {
                continue;
            };
            let mut own: Vec<Place<'s>> = Vec::new();
            for &attachment in &source.attachments {
                let outcomes = plan.of_attachment(alternative, &of_source, source, attachment);
                let Some(outcomes): Option<Outcomes> = outcomes else {
                    continue;
                };
                let table = self.table(attachment.table);
                let places = plan.grants(alternative, attachment).map(|grant| Place {
                    snapshot: self,
                    source,
                    attachment,
                    table,
                    grant,
                });
                own.extend(places.filter(|place| plan.keeps(alternative, &outcomes, place)));
            }
            match &alternative.all_of {
                None => hits.append(&mut own),
                Some(actions) => hits.append(&mut complete_groups(own, actions.distinct().len(), |place| {
                    actions.find(place.action())
                })),
            }
        }
        hits.sort_by(|one, other| one.key().cmp(&other.key()));
        hits.dedup_by(|one, other| one.key() == other.key());
        hits
    }
}

/// The rows of those entities through which every one of the actions is held.
fn complete_groups<'s>(
    places: Vec<Place<'s>>,
    actions: usize,
    which: impl Fn(&Place<'s>) -> Option<usize>,
) -> Vec<Place<'s>> {
    let mut groups: BTreeMap<usize, (std::collections::BTreeSet<usize>, Vec<Place<'s>>)> = BTreeMap::new();
    for place in places {
        let Some(action) = which(&place) else { continue };
        let (seen, members) = groups.entry(place.attachment.entity).or_default();
        seen.insert(action);
        members.push(place);
    }
    let complete = groups.into_values().filter(|(seen, _)| seen.len() == actions);
    complete.flat_map(|(_, members)| members).collect()
}

/// The rows of a snapshot that a query selects
pub(crate) struct Selection<'s> {
    snapshot: &'s Snapshot,
    plan: Plan<'s>,
    /// Of each source
    counts: Vec<u64>,
    total: u64,
}

impl<'s> Selection<'s> {
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The rows in total order, without the first `skip`, worked out id by id of their sources.
    pub(crate) fn places(&self, skip: u64) -> impl Iterator<Item = Place<'s>> + '_ {
        let mut before = 0_u64;
        let sources = self.snapshot.sources.iter().zip(&self.counts);
        let sources = sources.filter_map(move |(source, count)| {
            let start = before;
            before = before.saturating_add(*count);
            // Rows of this source that are skipped.
            let skipped = skip.saturating_sub(start).min(*count);
            (skipped < *count).then_some((source, skipped))
        });
        sources.flat_map(|(source, skipped)| {
            let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
            self.snapshot.hits(&self.plan, source).into_iter().skip(skipped)
        })
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
