//! The catalogue inside this binary as a reference.

use iam::catalogue::{AccessLevel, Catalogue};

use super::{Action, Reference, ResourceType};

/// The reference that is built in; see [`Catalogue::embedded`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Embedded;

impl Reference for Embedded {
    fn action(&self, name: &str) -> Option<Action<'_>> {
        let action = Catalogue::embedded().action(name)?;
        Some(Action {
            name: action.name(),
            access_levels: action.access_levels().iter().map(AccessLevel::as_str).collect(),
            resource_types: action
                .resource_types()
                .map(|of_action| ResourceType {
                    required: of_action.required,
                    formats: of_action.resource_type.formats().collect(),
                })
                .collect(),
            dependent_actions: action.dependent_actions().collect(),
            supported: action.is_supported(),
        })
    }

    fn formats(&self, service: &str) -> Option<Vec<&str>> {
        let service = Catalogue::embedded().service(service)?;
        Some(service.resource_types().flat_map(|kind| kind.formats()).collect())
    }

    fn service_of(&self, event_source: &str) -> Option<&str> {
        let stem = event_source
            .strip_suffix(".amazonaws.com.cn")
            .or_else(|| event_source.strip_suffix(".amazonaws.com"))?;
        let service = Catalogue::embedded().service_of_event_source(stem)?;
        Some(service.prefix())
    }
}
