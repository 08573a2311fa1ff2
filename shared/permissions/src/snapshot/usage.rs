//! When sources last used actions, by numbers: what queries about unused permissions ask for every row.

use super::Snapshot;
use crate::actions::Actions;
use inventory::{Access, LastAccessed};
use std::sync::OnceLock;

/// What is tracked of one source
#[derive(Debug)]
pub(crate) struct Usage {
    /// Sorted by service
    services: Box<[ServiceUsage]>,
}

/// What is tracked of one service
#[derive(Debug)]
pub(crate) struct ServiceUsage {
    service: u32,
    /// Of its actions but for those tracked one by one
    pub(crate) otherwise: Access,
    /// Sorted by action
    pub(crate) tracked: Box<[(u32, Access)]>,
}

/// The rows of a table about actions of one service
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceRun {
    pub(crate) service: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The runs of every table that has been asked for them
#[derive(Debug)]
pub(super) struct ServiceRuns(Vec<OnceLock<Box<[ServiceRun]>>>);

impl ServiceRuns {
    pub(super) fn of(tables: usize) -> Self {
        Self((0..tables).map(|_| OnceLock::new()).collect())
    }
}

impl Usage {
    /// What a report tells of one user or role; `None` when there is none about it.
    pub(super) fn of(known: &LastAccessed, arn: &str, actions: &Actions) -> Option<Self> {
        let services = known.entities.get(arn)?.iter();
        let mut services: Vec<ServiceUsage> = services
            .filter_map(|(prefix, service)| {
                let tracked = service.actions.iter();
                let mut tracked: Vec<(u32, Access)> = tracked
                    .filter_map(|(name, last)| {
                        let action = actions.find(&format!("{prefix}:{name}"))?;
                        Some((action, last.map_or(Access::Never, Access::On)))
                    })
                    .collect();
                tracked.sort_unstable_by_key(|&(action, _)| action);
                Some(ServiceUsage {
                    service: actions.service_named(prefix)?,
                    otherwise: service.untracked(),
                    tracked: tracked.into(),
                })
            })
            .collect();
        services.sort_unstable_by_key(|one| one.service);
        Some(Self {
            services: services.into(),
        })
    }

    pub(crate) fn service(&self, service: u32) -> Option<&ServiceUsage> {
        let place = self.services.binary_search_by_key(&service, |one| one.service);
        self.services.get(place.ok()?)
    }
}

impl ServiceUsage {
    fn access(&self, action: u32) -> Access {
        let place = self.tracked.binary_search_by_key(&action, |&(action, _)| action);
        let tracked = place.ok().and_then(|place| self.tracked.get(place));
        tracked.map_or(self.otherwise, |&(_, access)| access)
    }
}

impl Snapshot {
    /// When a source last used an action.
    pub(crate) fn access(&self, usage: Option<&Usage>, action: u32) -> Access {
        let service = usage.and_then(|usage| usage.service(self.actions.service_of(action)));
        service.map_or(Access::Unknown, |service| service.access(action))
    }

    /// Whole days since then as queries compare them.
    pub(crate) fn days_since(&self, access: Access) -> rql::Number {
        match access {
            Access::On(day) => {
                let days = (self.date - day).get_days();
                rql::Number::Known(u32::try_from(days).unwrap_or(0))
            }
            Access::Never => rql::Number::Never,
            Access::Unknown => rql::Number::Absent,
        }
    }

    /// The rows of a table, parted by service.
    pub(crate) fn service_runs(&self, table: usize) -> &[ServiceRun] {
        let Some(cell) = self.service_runs.0.get(table) else {
            return &[];
        };
        cell.get_or_init(|| {
            let grants = &self.table(table).grants;
            let mut start = 0;
            let service_of = |grant: &super::Grant| self.actions.service_of(grant.action);
            let runs = grants.chunk_by(|one, other| service_of(one) == service_of(other));
            runs.filter_map(|run| {
                let end = start + run.len();
                let run = ServiceRun {
                    service: service_of(run.first()?),
                    start,
                    end,
                };
                start = end;
                Some(run)
            })
            .collect()
        })
    }
}
