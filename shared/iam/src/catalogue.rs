//! The actions of AWS: access levels, resource types with their ARN formats, condition keys and dependent actions.
//!
//! The catalogue is a text inside the binary, `data/catalogue.tsv`, and an index that the build script makes of it.
//! Nothing is parsed or allocated when a program starts: a look-up is a binary search over the index, and every name
//! is a part of the text. The index has only the lengths of the names of actions: the first look-up of such a name adds
//! the lengths up. `catalog/build.py` writes the text; NOTICE names its sources, first of all AWS's own service
//! reference.
//!
//! The catalogue is not complete: private services appear in policies and logs without being listed anywhere, so that
//! an unknown name is an answer and no error.

mod action;
mod service;
#[expect(
    clippy::unreadable_literal,
    reason = "the build script writes positions in the text"
)]
mod tables;

use std::cmp::Ordering;

pub use action::{AccessLevel, AccessLevels, Action, ActionId, ActionResource};
pub use service::ResourceType;
pub use tables::{ConditionKey, Service};

static NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/names.txt"));
static NAMES_OF_ACTIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/names-of-actions.txt"));

/// All actions of one version of the catalogue.
#[derive(Debug)]
pub struct Catalogue {
    /// INVARIANT: the sources are sorted by event source.
    sources: &'static [(Span, Span)],
    /// INVARIANT: the services are sorted by prefix; the actions of each service follow those of the one before
    /// without a gap.
    services: &'static [Service],
}

/// A part of the names: its position and length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span(u32, u32);

impl Span {
    fn text(self) -> &'static str {
        let (at, length) = (self.0 as usize, self.1 as usize);
        at.checked_add(length)
            .and_then(|end| NAMES.get(at..end))
            .unwrap_or_default()
    }
}

impl Catalogue {
    /// Returns the catalogue inside this binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: Catalogue = Catalogue {
            sources: &tables::SOURCES,
            services: &tables::SERVICES,
        };
        &EMBEDDED
    }

    /// Returns the sources that the catalogue was made from, with their versions: for people, and to
    /// distinguish stored results.
    #[must_use]
    pub fn version(&self) -> &'static str {
        tables::VERSION.text()
    }

    /// Returns how much of the catalogue comes from which source, as its generator counted.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u32)> + use<> {
        tables::COUNTS.iter().map(|(what, count)| (what.text(), *count))
    }

    /// Returns how many actions there are. Ids go from 0 to one less.
    #[must_use]
    pub fn len(&self) -> usize {
        tables::ACTIONS.len()
    }

    /// Returns true when there is no action, which never holds of [`Catalogue::embedded`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all services, sorted by prefix.
    #[must_use]
    pub fn services(&self) -> &'static [Service] {
        self.services
    }

    /// Returns the service whose actions have that prefix, `s3`, in any case.
    #[must_use]
    pub fn service(&self, prefix: &str) -> Option<&'static Service> {
        let at = self
            .services
            .binary_search_by(|service| ignoring_case(service.prefix(), prefix));
        self.services.get(at.ok()?)
    }

    /// Returns the prefixes of the services whose actions the calls of an event source need, the likeliest first. The
    /// event source is given without `.amazonaws.com`: `monitoring` leads to `cloudwatch`, and `autoscaling` to
    /// `autoscaling`, `application-autoscaling` and `autoscaling-plans`.
    ///
    /// An event source that the catalogue does not know leads to the prefix of the same name, if there is one. A prefix
    /// may belong to operations only and have no action of its own.
    pub fn services_of_event_source<'s>(
        &self,
        stem: &'s str,
    ) -> impl Iterator<Item = &'static str> + use<'s> {
        let at = self
            .sources
            .binary_search_by(|(source, _)| ignoring_case(source.text(), stem));
        let prefixes = at.ok().and_then(|at| self.sources.get(at));
        let own = self.service(stem).filter(|_| prefixes.is_none());
        prefixes
            .map_or("", |(_, prefixes)| prefixes.text())
            .split_ascii_whitespace()
            .chain(own.map(Service::prefix))
    }

    /// Returns the action of that name, `s3:GetObject`, in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action> {
        let (prefix, _) = name.split_once(':')?;
        self.service(prefix)?.action(name)
    }

    /// Returns the action of that id; `None` when no action of this catalogue has it.
    #[must_use]
    pub fn get(&self, id: ActionId) -> Option<Action> {
        Action::of(id)
    }

    /// Returns the name of an action in the spelling of the catalogue, `s3:GetObject`.
    #[must_use]
    pub fn name(&self, id: ActionId) -> Option<&'static str> {
        Some(self.get(id)?.name())
    }

    /// Returns all actions in the order of their ids: by prefix, then by lower-cased name.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        self.services.iter().flat_map(Service::actions)
    }
}

/// Returns the order of two names when their case does not count.
fn ignoring_case(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.bytes(), other.bytes());
    one.map(|byte| byte.to_ascii_lowercase())
        .cmp(other.map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
