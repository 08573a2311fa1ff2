//! Queries over a snapshot: predicates are decided for sources and attachments first, so that a row is looked at only
//! when it can still be in the result.

mod plan;
#[cfg(test)]
mod tests;
mod view;

use crate::row::{Place, Row};
use crate::snapshot::{Snapshot, Source};
use plan::{Alternative, Counts, Outcomes, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
        let counts = self.counts(&plan);
        let mut places: Vec<Place<'_>> = Vec::new();
        let wanted = limit.saturating_add(1);
        let start = after.map_or(0, |after| {
            self.sources.partition_point(|one| *one.id < *after.source)
        });
        for (source, _) in self
            .sources
            .iter()
            .zip(&counts)
            .skip(start)
            .filter(|(_, count)| **count > 0)
        {
            let hits = self.hits(&plan, source);
            let rest = match after {
                Some(after) if *source.id == *after.source => {
                    hits.partition_point(|hit| hit.key() <= after.key())
                }
                Some(_) | None => 0,
            };
            let missing = wanted.saturating_sub(places.len());
            places.extend(hits.into_iter().skip(rest).take(missing));
            if places.len() >= wanted {
                break;
            }
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
            total: counts.iter().fold(0, |total, count| total.saturating_add(*count)),
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
