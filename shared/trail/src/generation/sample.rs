//! Generations for tests.

use super::*;
use crate::reference::{self, Reference};
use crate::service_level::{ServiceLastAccessed, TrackedAction};
use crate::usage::CallUsage;

pub(crate) const START: &str = "2026-03-01T00:00:00Z";

/// Owns what a [`Generation`] borrows.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) reference: &'static dyn Reference,
    pub(crate) principal: Principal,
    pub(crate) usage: Usage,
    pub(crate) last_accessed: Option<LastAccessedReport>,
    pub(crate) unread: BTreeMap<String, String>,
    pub(crate) content: Content,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            reference: &reference::sample::Sample,
            principal: Principal::parse("arn:aws:iam::123456789012:role/ops/reader").unwrap(),
            usage: Usage::default(),
            last_accessed: Some(LastAccessedReport::default()),
            unread: BTreeMap::new(),
            content: Content::default(),
        }
    }
}

impl Sample {
    pub(crate) fn of(actions: &[&str]) -> Self {
        actions
            .iter()
            .fold(Self::default(), |sample, action| sample.call(action, &[]))
    }

    pub(crate) fn generation(&self) -> Generation<'_> {
        Generation {
            reference: self.reference,
            principal: &self.principal,
            start: START.parse().unwrap(),
            end: "2026-03-31T00:00:00Z".parse().unwrap(),
            usage: &self.usage,
            last_accessed: self.last_accessed.as_ref(),
            unread: &self.unread,
            content: self.content,
        }
    }

    /// One call that was allowed.
    pub(crate) fn call(mut self, action: &str, resources: &[&str]) -> Self {
        self.record(action, resources);
        self
    }

    /// One call that was denied.
    pub(crate) fn denied(mut self, action: &str, resources: &[&str]) -> Self {
        self.record(action, resources).calls.denied += 1;
        self
    }

    /// One call by a service with the principal's permissions.
    pub(crate) fn via(mut self, action: &str, service: &str) -> Self {
        self.record(action, &[]).called_via.insert(service.to_owned());
        self
    }

    /// One data event.
    pub(crate) fn data_event(mut self, action: &str) -> Self {
        self.record(action, &[]).data_only = true;
        let service = action.split(':').next().unwrap().to_owned();
        *self.usage.data_records.entry(service).or_default() += 1;
        self
    }

    fn record(&mut self, action: &str, resources: &[&str]) -> &mut ActionUsage {
        let usage = self.usage.actions.entry(action.to_owned()).or_default();
        usage.calls.calls += 1;
        let seen: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        usage.calls.first_seen = Some(seen);
        usage.calls.last_seen = Some(seen);
        usage.regions.insert("eu-west-1".to_owned());
        usage.without_resource += u64::from(resources.is_empty());
        for resource in resources {
            *usage.resources.entry((*resource).to_owned()).or_default() += 1;
        }
        usage
    }

    pub(crate) fn unmapped(mut self, event: &str) -> Self {
        let calls = CallUsage {
            calls: 1,
            ..CallUsage::default()
        };
        self.usage.unmapped.insert(event.to_owned(), calls);
        self
    }

    /// A service of the last accessed report, with its tracked actions.
    pub(crate) fn last_accessed(
        mut self,
        namespace: &str,
        at: Option<&str>,
        tracked: &[(&str, &str)],
    ) -> Self {
        self.last_accessed
            .get_or_insert_default()
            .services
            .push(ServiceLastAccessed {
                namespace: namespace.to_owned(),
                last_authenticated: at.map(|at| at.parse().unwrap()),
                tracked_actions: tracked
                    .iter()
                    .map(|(name, at)| TrackedAction {
                        name: (*name).to_owned(),
                        last_accessed: Some(at.parse().unwrap()),
                    })
                    .collect(),
            });
        self
    }
}
