//! The action catalogue in the form that snapshots are compiled with.

use crate::aws::data::actions::{AccessLevel, ActionSpec, ResourceTypeSpec};
use iam::catalogue::{AccessLevel as Level, AccessLevels, Catalogue};
use std::borrow::Cow;

/// Actions and resource types of a catalogue, read completely, once per process; their texts stay where they are.
#[must_use]
pub fn specs(catalogue: &Catalogue) -> (Vec<ResourceTypeSpec>, Vec<ActionSpec>) {
    let mut types = Vec::new();
    let mut actions = Vec::with_capacity(catalogue.len());
    for service in catalogue.services() {
        // Names and numbers of types mean something inside their service only.
        let first = types.len();
        types.extend(service.resource_types().map(|one| ResourceTypeSpec {
            name: one.name().into(),
            formats: one.formats().map(Cow::from).collect(),
        }));
        actions.extend(service.actions().map(|action| {
            let own = action.resource_types();
            ActionSpec {
                name: action.name().into(),
                level: level(action.access_levels()),
                types: own.map(|one| first.saturating_add(one.number)).collect(),
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
