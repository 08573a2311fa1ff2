//! What the Service Authorization Reference says of actions, as far as policies are written from it.

use std::fmt;

/// A source of the Service Authorization Reference.
///
/// An argument and not a global table: the same usage is rendered again for days after it was learnt, and the
/// result must not depend on anything but what is given.
pub trait Reference: fmt::Debug {
    /// The action of that name, `s3:GetObject`, in any case; `None` when it does not exist.
    fn action(&self, name: &str) -> Option<Action<'_>>;

    /// ARN formats of all resource types of the service with that prefix; `None` when it does not exist.
    fn formats(&self, service: &str) -> Option<Vec<&str>>;

    /// Prefixes of the services that log under an event source, the likeliest first: `cloudwatch` for
    /// `monitoring.amazonaws.com`.
    fn services_of(&self, event_source: &str) -> Vec<&str>;

    /// Prefix of the actions of an event source: the likeliest of [`Reference::services_of`].
    fn service_of(&self, event_source: &str) -> Option<&str> {
        self.services_of(event_source).first().copied()
    }
}

/// One action of a [`Reference`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<'a> {
    /// In the spelling of the reference, with its prefix.
    pub name: &'a str,
    /// `Read`, `Tagging`, …; most actions have one, some two.
    pub access_levels: Vec<&'a str>,
    /// Types of resources that a call may name.
    pub resource_types: Vec<ResourceType<'a>>,
    /// Actions that a call may need besides.
    pub dependent_actions: Vec<&'a str>,
    /// True when AWS flags it as supported by its policy generation, or does not say.
    pub supported: bool,
}

/// A type of resources that an action is authorised on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType<'a> {
    /// True when every call is authorised on such a resource.
    pub required: bool,
    /// `arn:${Partition}:s3:::${BucketName}`; a few types have several.
    pub formats: Vec<&'a str>,
}

impl Action<'_> {
    /// ARN templates of the required types with the partition filled in; empty when the action is authorised on
    /// `*`.
    pub(crate) fn templates(&self, partition: &str) -> Vec<String> {
        self.resource_types
            .iter()
            .filter(|kind| kind.required)
            .flat_map(|kind| &kind.formats)
            .map(|format| format.replace("${Partition}", partition))
            .collect()
    }
}

mod embedded;
#[cfg(test)]
mod tests;

pub use embedded::Embedded;
