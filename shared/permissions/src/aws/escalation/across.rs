//! Finds the way to administrator through several shards.
//!
//! Only acting as somebody leads from one account to another; policies, boundaries and groups are changed within an
//! account. So each shard says which of its principals may come into another shard, and what the principals gain in one
//! step that somebody reaches. Together these parts are the part of the whole graph that leads through several shards.
//! A search over them finds what a search over all principals finds.
//!
//! ```text
//! part        what one shard says, and a step explained     graph   all parts together, and the paths
//! names       what every shard calls nodes and steps        numbered, number_set   held once, and short
//! ```

mod graph;
mod names;
mod number_set;
mod numbered;
mod part;

use crate::aws::data::Snapshot;
use crate::aws::effective::EffectiveTables;
use crate::aws::escalation::AdministratorPaths;
use crate::row::{AdministratorPath, PathStep, RowResult};
use graph::{Across, FoundPaths};
use names::NodeName;
use part::GraphPart;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub use names::PathsAcross;

/// Holds what is known of a shard for paths through several shards before the shard is asked. It follows from the shard and the
/// common part alone, so that a shard that did not change need not be compiled again to tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPaths {
    /// Principals that may gain a principal of another shard, and external principals that can act as somebody: their places in the
    /// part
    starts: Vec<u32>,
    /// These with all that they lead to in the shard
    part: GraphPart,
    /// The external principals that the part does not have. They have rows in the shard, and may have paths elsewhere
    external: Vec<NodeName>,
}

impl OpenPaths {
    /// Returns what is known of a shard.
    pub(crate) fn of(paths: &AdministratorPaths, snapshot: &Snapshot) -> Self {
        let useful = paths.useful();
        let names = paths.open(snapshot, &useful);
        let part = paths.part((snapshot, &useful), &names);
        let places = (0..).zip(&part.names);
        let starts = places
            .filter(|(_, name)| names.contains(*name))
            .map(|(place, _)| place);
        let starts = starts.collect();
        let known: BTreeSet<&NodeName> = part.names.iter().filter(|name| !name.is_loaded()).collect();
        let external = paths
            .external(snapshot)
            .filter(|name| !known.contains(name))
            .collect();
        Self {
            starts,
            part,
            external,
        }
    }

    /// Returns whether nothing need be known of the shard.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty() && self.external.is_empty()
    }
}

/// Finds the paths through several shards, and returns the paths of the sources of one shard after the other, as they are asked
/// for. `open` has what each shard tells. `home` returns the number of the shard of an account. `shard` shows a shard that paths
/// of others lead to.
///
/// To save memory, nodes, groups and steps are held as numbers, and explained steps as bytes. The paths of a shard are put together when
/// they are asked for.
pub(crate) fn paths_across(
    open: impl IntoIterator<Item = OpenPaths>,
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize, &mut dyn FnMut(&AdministratorPaths, &EffectiveTables)),
) -> PathsByShard {
    let mut across = Across::default();
    for of_shard in open {
        across.add(of_shard);
    }
    loop {
        let wanted = across.wanted();
        if wanted.is_empty() {
            break;
        }
        let mut by_shard: BTreeMap<usize, BTreeSet<Rc<NodeName>>> = BTreeMap::new();
        for (account, names) in wanted {
            // There may be no such shard, because no document describes the principals.
            if let Some(number) = home(&account) {
                by_shard.entry(number).or_default().extend(names);
            }
        }
        for (number, names) in by_shard {
            shard(number, &mut |paths, effective| {
                let names = names.iter().map(|name| &**name);
                let part = paths.part((effective.snapshot(), &paths.useful()), names);
                across.take(number, part);
            });
        }
    }
    let found = across.paths();
    let steps = explained(&found, &home, &shard);
    let by_shard = found.by_shard(home).into_iter();
    PathsByShard {
        found,
        steps,
        by_shard,
    }
}

/// The paths that lead through several shards, of the sources of one shard after the other
#[derive(Debug)]
pub struct PathsByShard {
    found: FoundPaths,
    steps: Vec<Explained>,
    /// For each shard, the numbers of the paths of its sources
    by_shard: std::vec::IntoIter<Vec<usize>>,
}

impl Iterator for PathsByShard {
    type Item = PathsAcross;

    fn next(&mut self) -> Option<PathsAcross> {
        let numbers = self.by_shard.next()?.into_iter();
        let mut all = PathsAcross::default();
        for path in numbers.filter_map(|number| self.found.paths.get(number)) {
            let made = path.steps.iter();
            let made = made.filter_map(|step| self.steps.get(*step)?.step());
            let administrator = path.administrator.and_then(|node| self.found.name(node));
            let explained = AdministratorPath {
                result: if path.is_certain {
                    RowResult::Allowed
                } else {
                    RowResult::Conditional
                },
                steps: made.collect(),
                administrator: administrator.map(|name| name.id.to_string()),
            };
            if let Some(source) = self.found.name(path.start) {
                all.add(source, explained);
            }
        }
        Some(all)
    }
}

/// An explained step as bytes, which take less memory than its texts
#[derive(Debug, Clone, Default)]
struct Explained(Box<[u8]>);

impl Explained {
    fn of(step: &PathStep) -> Self {
        Self(postcard::to_allocvec(step).unwrap_or_default().into())
    }

    /// Returns the step; `None` when no shard has explained it.
    fn step(&self) -> Option<PathStep> {
        postcard::from_bytes(&self.0).ok()
    }
}

/// Explains the steps of all paths, shard by shard, because a shard must be compiled before it can explain.
fn explained(
    found: &FoundPaths,
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize, &mut dyn FnMut(&AdministratorPaths, &EffectiveTables)),
) -> Vec<Explained> {
    let mut by_shard: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (step, made) in found.steps.iter().enumerate() {
        let named = found.named(*made);
        if let Some(number) = named.and_then(|named| home(named.account())) {
            by_shard.entry(number).or_default().push(step);
        }
    }
    let named = |step: usize| found.named(*found.steps.get(step)?);
    let mut explained = vec![Explained::default(); found.steps.len()];
    let mut public: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, steps) in by_shard {
        shard(number, &mut |paths, effective| {
            for &step in &steps {
                let Some(named) = named(step) else { continue };
                let made = paths.named_step(effective, &named);
                let (Some(made), Some(known)) = (made, explained.get_mut(step)) else {
                    continue;
                };
                if let Some(number) = named.account_of_public_row(&made).and_then(&home) {
                    public.entry(number).or_default().push(step);
                }
                *known = Explained::of(&made);
            }
        });
    }
    for (number, steps) in public {
        shard(number, &mut |paths, effective| {
            for &step in &steps {
                let known = explained.get_mut(step);
                if let Some((named, known)) = named(step).zip(known)
                    && let Some(mut made) = known.step()
                {
                    paths.add_public_row(effective, &named, &mut made);
                    *known = Explained::of(&made);
                }
            }
        });
    }
    explained
}

#[cfg(test)]
mod tests;
