//! Selects the rows of own grants for a query.

use rql::{Alternative, Query, evaluate};

use super::row_ref::RowRef;
use super::{OwnGrants, PolicyRow, Source, number};
use crate::group::{Tally, TooManyGroups};
use crate::row::AccountNames;

/// Rows that are selected, in total order
#[derive(Debug)]
pub(crate) struct Selection<'s> {
    own: &'s OwnGrants,
    account_names: Option<&'s AccountNames>,
    hits: Vec<Hit>,
}

/// A row by numbers: there can be millions
#[derive(Debug, Clone, Copy)]
struct Hit {
    source: u32,
    policy: u32,
    row: PolicyRow,
}

impl OwnGrants {
    /// Selects the rows of a query.
    pub(crate) fn select<'s>(
        &'s self,
        query: &Query,
        account_names: Option<&'s AccountNames>,
    ) -> Selection<'s> {
        let alternatives = query.alternatives();
        let by_row = alternatives.iter().all(|one| one.actions.is_none());
        let mut selection = Selection {
            own: self,
            account_names,
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
                        .row_ref(*hit)
                        .is_some_and(|row| any_holds(&alternatives, &row))
                });
                hits.collect()
            } else {
                // The query asks which actions are held together, so that all rows of the source are needed at once.
                let all: Vec<Hit> = all.collect();
                let rows: Vec<RowRef<'s>> = all.iter().filter_map(|hit| selection.row_ref(*hit)).collect();
                let selected = rql::select(query, &rows).into_iter();
                selected.filter_map(|index| all.get(index).copied()).collect()
            };
            if alike
                .iter()
                .map(|(_, source)| source.policies.len())
                .sum::<usize>()
                > 1
            {
                hits.sort_by_cached_key(|hit| selection.row_ref(*hit).map(|row| row.key()));
            }
            selection.hits.append(&mut hits);
        }
        selection
    }

    /// Returns the rows of a source. The rows of one policy are in order.
    fn rows<'s>(&'s self, number_of_source: u32, source: &'s Source) -> impl Iterator<Item = Hit> + 's {
        source.policies.iter().flat_map(move |&policy| {
            let rows = self.policies.get(policy).map(|policy| policy.rows.as_slice());
            rows.unwrap_or_default().iter().map(move |row| Hit {
                source: number_of_source,
                policy: number(policy),
                row: *row,
            })
        })
    }
}

impl<'s> Selection<'s> {
    pub(crate) fn total(&self) -> u64 {
        self.hits.len() as u64
    }

    /// Returns the rows in total order, without the first `skip`.
    pub(crate) fn rows(&self, skip: u64) -> impl Iterator<Item = RowRef<'s>> + '_ {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        self.hits.iter().skip(skip).filter_map(|hit| self.row_ref(*hit))
    }

    /// Counts the rows of every group.
    pub(crate) fn tally(&self, tally: &mut Tally<'s>) -> Result<(), TooManyGroups> {
        self.rows(0).try_for_each(|row| tally.add_row(&row.values()))
    }

    fn row_ref(&self, hit: Hit) -> Option<RowRef<'s>> {
        let policy = self.own.policies.get(usize::try_from(hit.policy).ok()?)?;
        Some(RowRef {
            account_names: self.account_names,
            source: self.own.sources.get(usize::try_from(hit.source).ok()?)?,
            action: policy.action(hit.row)?,
            dest: policy.dest(hit.row)?,
            policy,
        })
    }
}

fn any_holds(alternatives: &[Alternative<'_>], row: &RowRef<'_>) -> bool {
    alternatives
        .iter()
        .any(|one| one.filter.iter().all(|part| evaluate(part, row)))
}
