//! The action catalogue in the form that snapshots are compiled with.

use crate::aws::data::actions::{AccessLevel, ActionSpec, ResourceTypeSpec};
use iam::catalogue::{AccessLevel as Level, AccessLevels, Catalogue};
use std::collections::HashMap;

/// Actions and resource types of a catalogue, read completely; some tens of milliseconds, once per process.
#[must_use]
pub fn specs(catalogue: &Catalogue) -> (Vec<ResourceTypeSpec>, Vec<ActionSpec>) {
    let mut types = Vec::new();
    let mut actions = Vec::with_capacity(catalogue.len());
    for service in catalogue.services() {
        // Names of types mean something inside their service only.
        let mut numbers = HashMap::new();
        for one in service.resource_types() {
            numbers.insert(one.name(), types.len());
            types.push(ResourceTypeSpec {
                name: one.name().to_owned(),
                formats: one.formats().map(str::to_owned).collect(),
            });
        }
        actions.extend(service.actions().map(|action| {
            let own = action.resource_types();
            ActionSpec {
                name: action.name().to_owned(),
                level: level(action.access_levels()),
                types: own
                    .filter_map(|one| numbers.get(one.resource_type.name()).copied())
                    .collect(),
                has_last_access: action.is_supported_by_last_accessed(),
            }
        }));
    }
    (types, actions)
}

/// An action that manages permissions is no mere write; one that writes and may tag is.
fn level(levels: AccessLevels) -> Option<AccessLevel> {
    [
        (Level::PermissionsManagement, AccessLevel::MetadataWrite),
        (Level::Write, AccessLevel::DataWrite),
        (Level::Tagging, AccessLevel::MetadataWrite),
        (Level::Read, AccessLevel::DataRead),
        (Level::List, AccessLevel::MetadataRead),
    ]
    .into_iter()
    .find_map(|(level, shown)| levels.contains(level).then_some(shown))
}
