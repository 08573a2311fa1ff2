//! The rows of a stack that a query selects.

use rql::{Alternative, Query, evaluate};

use super::place::Place;
use super::{Grant, Source, Stack, number};
use crate::snapshot::Snapshot;

/// Rows that are selected, in total order
#[derive(Debug)]
pub(crate) struct Selection<'s> {
    stack: &'s Stack,
    /// Knows names of accounts
    snapshot: Option<&'s Snapshot>,
    hits: Vec<Hit>,
}

/// A row by numbers: there can be millions
#[derive(Debug, Clone, Copy)]
struct Hit {
    source: u32,
    policy: u32,
    grant: Grant,
}

impl Stack {
    /// The rows that a query selects. A snapshot only gives accounts their names.
    pub(crate) fn select<'s>(&'s self, query: &Query, snapshot: Option<&'s Snapshot>) -> Selection<'s> {
        let alternatives = query.alternatives();
        let by_row = alternatives.iter().all(|one| one.actions.is_none());
        let mut selection = Selection {
            stack: self,
            snapshot,
            hits: Vec::new(),
        };
        let numbered: Vec<(u32, &Source)> = (0..).zip(&self.sources).collect();
        for alike in numbered.chunk_by(|(_, one), (_, other)| one.id == other.id) {
            let all = alike
                .iter()
                .flat_map(|(number, source)| self.rows(*number, source));
            let mut hits: Vec<Hit> = if by_row {
                let hits = all.filter(|hit| {
                    selection
                        .place(*hit)
                        .is_some_and(|place| any_holds(&alternatives, &place))
                });
                hits.collect()
            } else {
                // Which actions are held together decides, so all rows of the source are needed at once.
                let all: Vec<Hit> = all.collect();
                let places: Vec<Place<'s>> = all.iter().filter_map(|hit| selection.place(*hit)).collect();
                let selected = rql::select(query, &places).into_iter();
                selected.filter_map(|index| all.get(index).copied()).collect()
            };
            if alike
                .iter()
                .map(|(_, source)| source.policies.len())
                .sum::<usize>()
                > 1
            {
                hits.sort_by_cached_key(|hit| selection.place(*hit).map(|place| place.key()));
            }
            selection.hits.append(&mut hits);
        }
        selection
    }

    /// The rows of a source; those of one policy are in order.
    fn rows<'s>(&'s self, number_of_source: u32, source: &'s Source) -> impl Iterator<Item = Hit> + 's {
        source.policies.iter().flat_map(move |&policy| {
            let grants = self.policies.get(policy).map(|policy| policy.grants.as_slice());
            grants.unwrap_or_default().iter().map(move |grant| Hit {
                source: number_of_source,
                policy: number(policy),
                grant: *grant,
            })
        })
    }
}

impl<'s> Selection<'s> {
    pub(crate) fn total(&self) -> u64 {
        self.hits.len() as u64
    }

    /// The rows in total order, without the first `skip`.
    pub(crate) fn places(&self, skip: u64) -> impl Iterator<Item = Place<'s>> + '_ {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        self.hits.iter().skip(skip).filter_map(|hit| self.place(*hit))
    }

    fn place(&self, hit: Hit) -> Option<Place<'s>> {
        let policy = self.stack.policies.get(usize::try_from(hit.policy).ok()?)?;
        Some(Place {
            snapshot: self.snapshot,
            source: self.stack.sources.get(usize::try_from(hit.source).ok()?)?,
            action: policy.action(hit.grant)?,
            dest: policy.dest(hit.grant)?,
            policy,
        })
    }
}

fn any_holds(alternatives: &[Alternative<'_>], place: &Place<'_>) -> bool {
    alternatives
        .iter()
        .any(|one| one.filter.iter().all(|part| evaluate(part, place)))
}
