//! Holds what sources need and no document holds.

use super::{IdVec, Source, SourceId};
use inventory::{Inventory, MissingKind};
use std::collections::BTreeSet;

/// Holds what sources need and no document holds
#[derive(Debug, Default)]
pub(crate) struct Missing {
    /// The things in the order of kind and name
    pub(crate) things: Vec<MissingThing>,
    /// Says how many users, roles and compute resources need some of it
    pub(crate) principals: usize,
    /// Says how many of these are no source: a compute resource whose role is not known has no rows
    pub(crate) without_source: usize,
}

/// A policy, a group, a role or an instance profile that no document holds
#[derive(Debug)]
pub(crate) struct MissingThing {
    pub(crate) kind: MissingKind,
    /// The ARN; for a group, account and name
    pub(crate) name: Box<str>,
    /// The sources that need it, ascending. Numbers and not ARNs: a policy can be missing of every principal
    pub(crate) sources: Box<[SourceId]>,
}

impl Missing {
    /// Returns what an inventory lacks. The sources must be sorted by id.
    pub(crate) fn of(inventory: &Inventory, sources: &IdVec<SourceId, Source>) -> Self {
        let missing = inventory.missing();
        let principals: BTreeSet<&str> = missing
            .iter()
            .flat_map(|one| &one.principals)
            .map(|one| &**one)
            .collect();
        let number = |arn: &str| {
            let all = sources.starting_at(SourceId::from(0));
            let found = all.binary_search_by(|source| (*source.id).cmp(arn));
            found.ok().map(SourceId::from)
        };
        Self {
            without_source: principals.iter().filter(|arn| number(arn).is_none()).count(),
            principals: principals.len(),
            things: missing
                .iter()
                .map(|one| MissingThing {
                    kind: one.kind,
                    name: one.name.as_str().into(),
                    sources: one.principals.iter().filter_map(|arn| number(arn)).collect(),
                })
                .collect(),
        }
    }

    /// Returns what one source needs.
    pub(crate) fn of_source(&self, source: SourceId) -> impl Iterator<Item = &MissingThing> {
        let things = self.things.iter();
        things.filter(move |one| one.sources.binary_search(&source).is_ok())
    }
}
