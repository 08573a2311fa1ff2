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
            supported: action.is_supported_by_policy_generation(),
        })
    }

    fn formats(&self, service: &str) -> Option<Vec<&str>> {
        let service = Catalogue::embedded().service(service)?;
        Some(service.resource_types().flat_map(|kind| kind.formats()).collect())
    }

    fn services_of(&self, event_source: &str) -> Vec<&str> {
        let stem = event_source
            .strip_suffix(".amazonaws.com.cn")
            .or_else(|| event_source.strip_suffix(".amazonaws.com"));
        stem.into_iter()
            .flat_map(|stem| Catalogue::embedded().services_of_event_source(stem))
            .collect()
    }
}
