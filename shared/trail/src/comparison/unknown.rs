//! Tells the actions that were not used from those whose use nobody can know, among the actions that no record shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::UnknownUse;
use crate::catalogue;
use crate::completeness::DATA_EVENT_SERVICES;
use crate::generation::Generation;
use crate::service_level::{self, prefix_of};

/// Why the use of an action that no record shows is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnknownReason {
    /// IAM's report knows of a use that no record shows.
    LastAccessedReport,
    /// The service was used, and the log files do not show by which actions.
    ServiceWithoutActions,
    /// The calls are logged as data events only, and no data event of the service was read.
    NoDataEvents,
    /// No API operation is known that needs the action, so that no record is known to show it.
    NoOperation,
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastAccessedReport => {
                "the last accessed report of IAM knows of a use that the log files do not show"
            }
            Self::ServiceWithoutActions => {
                "the service was used, but the log files do not show by which actions"
            }
            Self::NoDataEvents => {
                "the calls are logged as data events only, and no data event of the service was read"
            }
            Self::NoOperation => {
                "no API operation is known that needs the action, so that no record shows it"
            }
        })
    }
}

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

/// What else than records says that something was used.
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
