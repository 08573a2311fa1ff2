//! The action catalogue in the form that snapshots are compiled with.

use crate::aws::data::actions::{AccessLevel, ActionSpec, ResourceTypeSpec};
use iam::catalogue::{AccessLevel as Level, AccessLevels, Catalogue};
use std::borrow::Cow;

/// Reads actions and resource types of a catalogue completely, once per process. Their texts stay where they are.
#[must_use]
pub fn specs(catalogue: &Catalogue) -> (Vec<ResourceTypeSpec>, Vec<ActionSpec>) {
    let mut types = Vec::new();
    let mut actions = Vec::with_capacity(catalogue.len());
    for service in catalogue.services() {
        // Names and numbers of types have a meaning only inside their service.
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

/// Returns the access level of an action. An action that manages permissions is more than a write; an action that
/// writes and may tag is a write.
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
