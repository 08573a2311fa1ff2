//! Records calls and merges usages.
//!
//! Merging is associative and commutative and has [`Usage::default`] as its identity, so shards may be scanned
//! anywhere and merged in any order. Lists with a bound keep the first entries in key order: an entry among the
//! first of the whole is among the first of every part, so nothing that belongs into the result is ever dropped
//! on the way, and the counts of what is kept are exact. Resources keep their structure, see [`ResourceSet`].
//!
//! [`ResourceSet`]: super::ResourceSet

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue::ActionResource;

use crate::arn_format::spelled_characters;
use crate::catalogue::{self, first_format};

use super::{
    ActionUsage, Call, CallUsage, DAMAGED_FILES, ENTRIES, NEAREST_PRINCIPALS, RESOURCE_LENGTH,
    RESOURCES_PER_ACTION, ScanCounts, Usage, escaped,
};

impl Usage {
    /// Adds one call. What was read is counted apart, in [`Usage::reading`].
    pub fn record(&mut self, call: Call) {
        let calls = CallUsage {
            calls: 1,
            denied: u64::from(call.denied),
            first_seen: Some(call.time),
            last_seen: Some(call.time),
        };
        if call.data {
            // The event source is taken where no action names the service.
            let source = || call.event.split('.').next();
            let service = call
                .actions
                .first()
                .and_then(|called| called.action.split(':').next())
                .or_else(source);
            add(&mut self.data_records, service.unwrap_or_default().to_owned(), 1);
        }
        if let Some(id) = call.principal_id {
            add(&mut self.principal_ids, id, 1);
        }
        if call.actions.is_empty() {
            self.unmapped.entry(call.event.clone()).or_default().merge(&calls);
        }
        let is_counted = !call.denied && !call.without_parameters;
        for called in call.actions {
            let usage = self
                .actions
                .entry(called.action)
                .or_insert_with(ActionUsage::unused);
            usage.calls.merge(&calls);
            usage.data_only &= call.data;
            usage.without_resource += u64::from(called.resources.is_empty());
            usage.unnamed += u64::from(called.resources.is_empty() && is_counted);
            usage.events.insert(call.event.clone());
            usage.regions.insert(call.region.clone());
            usage.called_via.extend(call.called_via.clone());
            for kind in called.unnamed_types {
                let unnamed = &mut usage.types.entry(kind).or_default().unnamed;
                *unnamed += u64::from(is_counted);
            }
            for resource in called.resources {
                let pattern = resource.pattern();
                let of_type = usage.types.entry(resource.kind).or_default();
                if resource.text.len() > RESOURCE_LENGTH {
                    of_type.unnamed += 1;
                    usage.more_resources = true;
                } else {
                    of_type.resources.add(&pattern);
                    add(&mut usage.resources, resource.text, 1);
                }
            }
            usage.keep_bounds();
        }
        self.passed_roles.extend(call.passed_roles);
        self.keep_bounds();
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: Self) {
        for (action, usage) in other.actions {
            self.actions
                .entry(action)
                .or_insert_with(ActionUsage::unused)
                .merge(usage);
        }
        for (event, calls) in other.unmapped {
            self.unmapped.entry(event).or_default().merge(&calls);
        }
        self.passed_roles.extend(other.passed_roles);
        for (profile, roles) in other.instance_profiles {
            self.instance_profiles.entry(profile).or_default().extend(roles);
        }
        add_all(&mut self.principal_ids, other.principal_ids);
        add_all(&mut self.data_records, other.data_records);
        self.more_entries |= other.more_entries;
        self.nearest_principals.extend(other.nearest_principals);
        for (region, reason) in other.unread {
            self.unread.entry(region).or_insert(reason);
        }
        self.reading.merge(other.reading);
        self.keep_bounds();
    }

    /// Notes the role of an instance profile.
    pub fn note_instance_profile(&mut self, profile: &str, role: &str) {
        let roles = self.instance_profiles.entry(profile.to_owned()).or_default();
        roles.insert(role.to_owned());
        self.keep_bounds();
    }

    /// Notes a principal that made calls, for its likeness to the one that is looked for.
    pub fn note_principal(&mut self, edits: usize, arn: &str) {
        let is_far = self
            .nearest_principals
            .last()
            .is_some_and(|(most, _)| edits > *most);
        if is_far && self.nearest_principals.len() >= NEAREST_PRINCIPALS {
            return;
        }
        self.nearest_principals.insert((edits, arn.to_owned()));
        self.keep_bounds();
    }

    fn keep_bounds(&mut self) {
        keep_first_of(&mut self.nearest_principals, NEAREST_PRINCIPALS);
        // Actions come from the catalogue, which bounds them.
        self.more_entries |= keep_first(&mut self.unmapped, ENTRIES)
            | keep_first_of(&mut self.passed_roles, ENTRIES)
            | keep_first(&mut self.instance_profiles, ENTRIES)
            | keep_first(&mut self.principal_ids, ENTRIES)
            | keep_first(&mut self.data_records, ENTRIES);
    }
}

impl Usage {
    /// Adds the types to the usage of a release that did not keep resources by type: each resource gets the type whose
    /// format spells most of it. Where more resources were seen than are listed, nobody knows the types of the others.
    #[must_use]
    pub fn with_types(mut self) -> Self {
        for (action, usage) in &mut self.actions {
            let types = catalogue::types(action);
            for arn in usage.resources.keys() {
                let spelled = |kind: &ActionResource| {
                    kind.resource_type
                        .formats()
                        .filter_map(|format| spelled_characters(format, arn))
                        .max()
                };
                let best = types
                    .iter()
                    .filter_map(|kind| Some((spelled(kind)?, first_format(kind))))
                    .max();
                if let Some((_, format)) = best {
                    let of_type = usage.types.entry(format.to_owned()).or_default();
                    of_type.resources.add(&escaped(arn));
                }
            }
            let allowed = usage.calls.calls.saturating_sub(usage.calls.denied);
            usage.unnamed = usage.without_resource.min(allowed);
            let is_open = usage.more_resources || usage.unnamed > 0;
            for kind in types.iter().filter(|kind| kind.required && is_open) {
                let format = first_format(kind).to_owned();
                usage.types.entry(format).or_default().unnamed += 1;
            }
        }
        self
    }
}

impl ActionUsage {
    /// Makes the usage of an action without calls. Without calls, it is true that every call is a data event.
    fn unused() -> Self {
        Self {
            data_only: true,
            ..Self::default()
        }
    }

    fn merge(&mut self, other: Self) {
        self.calls.merge(&other.calls);
        add_all(&mut self.resources, other.resources);
        self.more_resources |= other.more_resources;
        self.without_resource += other.without_resource;
        self.unnamed += other.unnamed;
        for (kind, of_type) in other.types {
            let held = self.types.entry(kind).or_default();
            held.unnamed += of_type.unnamed;
            held.resources.merge(of_type.resources);
        }
        self.regions.extend(other.regions);
        self.called_via.extend(other.called_via);
        self.events.extend(other.events);
        self.data_only &= other.data_only;
        self.keep_bounds();
    }

    fn keep_bounds(&mut self) {
        self.more_resources |= keep_first(&mut self.resources, RESOURCES_PER_ACTION);
        // AWS gives the names of Regions, services and events; only forged files reach the bound.
        for names in [&mut self.regions, &mut self.called_via, &mut self.events] {
            keep_first_of(names, ENTRIES);
        }
    }
}

impl CallUsage {
    fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.denied += other.denied;
        self.first_seen = match (self.first_seen, other.first_seen) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.last_seen = self.last_seen.max(other.last_seen);
    }
}

impl ScanCounts {
    fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.records += other.records;
        self.matched += other.matched;
        self.unparsable += other.unparsable;
        self.uncertain += other.uncertain;
        self.duplicates += other.duplicates;
        self.late_corrections += other.late_corrections;
        self.damaged += other.damaged;
        for (file, reason) in other.damaged_files {
            self.name_damaged(file, reason);
        }
    }

    /// Counts a damaged file and keeps its name if it is among the first.
    pub fn add_damaged(&mut self, file: &str, reason: String) {
        self.damaged += 1;
        self.name_damaged(file.to_owned(), reason);
    }

    fn name_damaged(&mut self, file: String, reason: String) {
        match self.damaged_files.entry(file) {
            Entry::Vacant(entry) => {
                entry.insert(reason);
            }
            // A file can be read twice and be cut off once: then one of the reasons is kept, the first in order.
            Entry::Occupied(mut entry) if reason < *entry.get() => {
                entry.insert(reason);
            }
            Entry::Occupied(_) => {}
        }
        keep_first(&mut self.damaged_files, DAMAGED_FILES);
    }
}

fn add(counts: &mut BTreeMap<String, u64>, key: String, count: u64) {
    *counts.entry(key).or_default() += count;
}

fn add_all(counts: &mut BTreeMap<String, u64>, other: BTreeMap<String, u64>) {
    for (key, count) in other {
        add(counts, key, count);
    }
}

/// Drops the last entries beyond `limit`, and returns whether there were any.
fn keep_first<V>(entries: &mut BTreeMap<String, V>, limit: usize) -> bool {
    let mut dropped = false;
    while entries.len() > limit {
        dropped |= entries.pop_last().is_some();
    }
    dropped
}

/// Keeps the first entries of a set, as the function above does for a map.
fn keep_first_of<T: Ord>(entries: &mut BTreeSet<T>, limit: usize) -> bool {
    let mut dropped = false;
    while entries.len() > limit {
        dropped |= entries.pop_last().is_some();
    }
    dropped
}
