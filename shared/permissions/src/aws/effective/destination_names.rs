//! Holds what the destinations of rows can be called, from the policies and without working out tables.

use super::bounds::Bounds;
use crate::aws::data::Snapshot;
use std::collections::BTreeSet;

/// Holds what rows can show of their destinations
#[derive(Debug, Default)]
pub(crate) struct DestinationNames {
    ids: BTreeSet<Box<str>>,
    /// The accounts by id; `*` for any
    accounts: BTreeSet<Box<str>>,
    /// The codes of regions; an empty text for no region, `*` for any
    regions: BTreeSet<Box<str>>,
    /// Holds what is before a name, where this does not end with a separator
    prefixes: BTreeSet<Box<str>>,
}

impl DestinationNames {
    /// Collects the names of a snapshot.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let types = snapshot.actions.resource_types();
        let prefixes = types.flat_map(|one| one.patterns.iter().map(|format| &format.name_prefix));
        let prefixes = prefixes.filter(|prefix| !prefix.is_empty() && !prefix.ends_with(['/', ':']));
        let mut found = Self {
            prefixes: prefixes.cloned().collect(),
            ids: BTreeSet::from(["*".into()]),
            accounts: BTreeSet::from(["*".into()]),
            // Everything is in any region, or in none when the type of resources has no regions.
            regions: BTreeSet::from(["*".into(), "".into()]),
        };
        let mut bounds = Bounds::new(snapshot);
        for source in snapshot.sources.iter() {
            bounds.destinations(source, |text, account| {
                if !found.accounts.contains(account) {
                    found.accounts.insert(account.into());
                }
                if found.ids.contains(text) {
                    return;
                }
                let region = match text.split(':').nth(3) {
                    Some("") => snapshot
                        .known_resources
                        .of(text)
                        .map_or("", |known| &known.region),
                    Some(region) if !region.contains(['*', '?']) => region,
                    Some(_) | None => "*",
                };
                found.regions.insert(region.into());
                found.ids.insert(text.into());
            });
        }
        found
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(|one| &**one)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(|one| &**one)
    }

    pub(crate) fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().map(|one| &**one)
    }

    /// Returns what rows can show as the name of a destination, and some more: which part of an ARN is the name depends on the
    /// type of the resource.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.ids().flat_map(|id| {
            let whole = id.splitn(6, ':').nth(5).unwrap_or("*");
            let separators = whole.match_indices(['/', ':']);
            let rests = separators.filter_map(move |(at, _)| whole.get(at.saturating_add(1)..));
            let prefixes = self.prefixes.iter();
            let named = prefixes.filter_map(move |prefix| whole.strip_prefix(&**prefix));
            std::iter::once(whole).chain(rests).chain(named)
        })
    }
}
