//! Divides the actions that no record shows: some were not used, and of others nobody can know the use.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{UnknownReason, UnknownUse};
use crate::catalogue;
use crate::completeness::DATA_EVENT_SERVICES;
use crate::generation::Generation;
use crate::service_level::{self, prefix_of};

/// Divides actions that no record shows into the unused ones and those whose use is not known.
pub(super) fn divide<'a>(
    generation: &Generation<'_>,
    actions: impl Iterator<Item = &'a str>,
) -> (BTreeSet<&'a str>, Vec<UnknownUse>) {
    let signs = Signs::of(generation);
    let mut unused = BTreeSet::new();
    let mut unknown: BTreeMap<(&str, UnknownReason), Vec<String>> = BTreeMap::new();
    for action in actions {
        match signs.unknown(generation, action) {
            Some(reason) => {
                let of_service = unknown.entry((prefix_of(action), reason)).or_default();
                of_service.push(action.to_owned());
            }
            None => {
                unused.insert(action);
            }
        }
    }
    let unknown = unknown
        .into_iter()
        .map(|((service, reason), actions)| UnknownUse {
            service: service.to_owned(),
            reason,
            message: reason.to_string(),
            actions,
        });
    (unused, unknown.collect())
}

/// Holds the signs, other than records, that something was used.
struct Signs {
    /// Actions that IAM's report knows to be used since the start of the time range, in lower case.
    reported: BTreeSet<String>,
    /// Services that were used without a known action.
    services: BTreeSet<String>,
}

impl Signs {
    fn of(generation: &Generation<'_>) -> Self {
        let services = generation
            .last_accessed
            .map_or(&[][..], |report| &report.services);
        let reported = services.iter().flat_map(|service| {
            let recent = service
                .tracked_actions
                .iter()
                .filter(|tracked| tracked.last_accessed.is_some_and(|at| at >= generation.start));
            recent.map(|tracked| {
                let name = tracked.name.rsplit(':').next().unwrap_or_default();
                format!("{}:{name}", service.namespace).to_ascii_lowercase()
            })
        });
        Self {
            reported: reported.collect(),
            services: service_level::candidates(generation).into_keys().collect(),
        }
    }

    fn unknown(&self, generation: &Generation<'_>, action: &str) -> Option<UnknownReason> {
        let service = prefix_of(action);
        if self.reported.contains(&action.to_ascii_lowercase()) {
            return Some(UnknownReason::LastAccessedReport);
        }
        if self.services.contains(service) {
            return Some(UnknownReason::ServiceWithoutActions);
        }
        // AWS flags actions whose use it finds in management events.
        let is_management_event = catalogue::action(action).is_some_and(|known| {
            known.is_supported_by_policy_generation() || known.is_supported_by_last_accessed()
        });
        let has_data_events = || {
            let records = generation.usage.data_records.get(service);
            records.is_some_and(|records| *records > 0)
        };
        if !is_management_event && DATA_EVENT_SERVICES.contains(&service) && !has_data_events() {
            return Some(UnknownReason::NoDataEvents);
        }
        (!is_management_event && !crate::operations::is_needed_by_an_operation(action))
            .then_some(UnknownReason::NoOperation)
    }
}
