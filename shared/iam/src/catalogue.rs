//! The actions of AWS, as the Service Authorization Reference lists them: access levels, resource types with their
//! ARN formats, condition keys and dependent actions.
//!
//! The table is text inside the binary. Looking at it the first time reads its index of services only, some
//! microseconds; the lines of a service are read when somebody asks for one of its actions, because most requests
//! touch a handful of the services. Everything borrows from the text.
//!
//! The reference is not complete: retired and private services appear in policies and logs without being listed, so
//! an unknown name is an answer and no error.

mod action;
mod service;

use std::cmp::Ordering;
use std::sync::OnceLock;

pub use action::{AccessLevel, AccessLevels, Action, ActionId, ActionResource};
pub use service::{ConditionKey, ResourceType, Service};

/// All actions of one version of the reference.
#[derive(Debug)]
pub struct Catalogue {
    version: &'static str,
    /// Event source without its domain, and the prefix of its actions, where the two differ; sorted.
    sources: Vec<(&'static str, &'static str)>,
    /// INVARIANT: sorted by prefix; the ids of each service follow those of the one before without a gap.
    services: Vec<Service>,
}

impl Catalogue {
    /// The catalogue inside this binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Catalogue> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::read(include_str!("../data/catalogue.tsv")))
    }

    /// Reads the index. Lines that do not have the format which the table's own head explains are passed over: the
    /// text is generated, and a test counts what comes out of it.
    fn read(text: &'static str) -> Self {
        let (index, mut bodies) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut catalogue = Self {
            version: "",
            sources: Vec::new(),
            services: Vec::with_capacity(512),
        };
        let mut first = 0;
        for line in index.lines() {
            let mut fields = line.split('\t');
            match fields.next() {
                Some("version") => catalogue.version = fields.next().unwrap_or_default(),
                Some("source") => catalogue.sources.extend(fields.next().zip(fields.next())),
                Some("service") => {
                    let Some(service) = Service::read(&mut fields, first, &mut bodies) else {
                        continue;
                    };
                    first = service.ids().end;
                    catalogue.services.push(service);
                }
                _ => {}
            }
        }
        catalogue
    }

    /// The packages it was made from, with their versions; for people, and to tell stored results apart.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// How many actions there are. Ids go from 0 to one less.
    #[must_use]
    pub fn len(&self) -> usize {
        self.services.last().map_or(0, |last| last.ids().end as usize)
    }

    /// True when there is no action, which never holds of [`Catalogue::embedded`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All services, sorted by prefix.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service whose actions have that prefix, `s3`, in any case.
    #[must_use]
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let at = self
            .services
            .binary_search_by(|service| ignoring_case(service.prefix(), prefix));
        self.services.get(at.ok()?)
    }

    /// The service whose calls CloudTrail reports under that event source, given without `.amazonaws.com`:
    /// `monitoring` leads to `cloudwatch`.
    ///
    /// A few services report under the event source of another one; such a call's action has to be looked for in
    /// the siblings.
    #[must_use]
    pub fn service_of_event_source(&self, stem: &str) -> Option<&Service> {
        let other = self
            .sources
            .binary_search_by(|(source, _)| ignoring_case(source, stem));
        let renamed = other.ok().and_then(|at| self.sources.get(at));
        self.service(renamed.map_or(stem, |(_, prefix)| prefix))
    }

    /// The action of that name, `s3:GetObject`, in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action<'_>> {
        let (prefix, _) = name.split_once(':')?;
        self.service(prefix)?.action(name)
    }

    /// The action of that id; `None` when no action of this catalogue has it.
    #[must_use]
    pub fn get(&self, id: ActionId) -> Option<Action<'_>> {
        let after = self
            .services
            .partition_point(|service| service.ids().start <= id.0);
        self.services.get(after.checked_sub(1)?)?.get(id)
    }

    /// The name of an action in the spelling of the reference, `s3:GetObject`.
    #[must_use]
    pub fn name(&self, id: ActionId) -> Option<&'static str> {
        Some(self.get(id)?.name())
    }

    /// All actions in the order of their ids: by prefix, then by lower-cased name. Reads every service.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        self.services.iter().flat_map(Service::actions)
    }
}

/// The order of two names when their case does not count.
fn ignoring_case(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.bytes(), other.bytes());
    one.map(|byte| byte.to_ascii_lowercase())
        .cmp(other.map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
