//! The usage says when sources last used actions, by numbers, because queries about unused permissions ask for every
//! row.

use super::actions::Actions;
use inventory::{Access, LastAccessed};

/// Says what is tracked of one source
#[derive(Debug)]
pub(crate) struct Usage {
    /// The services, sorted
    services: Box<[ServiceUsage]>,
}

/// Says what is tracked of one service
#[derive(Debug)]
pub(crate) struct ServiceUsage {
    pub(crate) service: u32,
    /// The use of the actions that are not tracked one by one
    pub(crate) otherwise: Access,
    /// The tracked actions, sorted
    pub(crate) tracked: Box<[(u32, Access)]>,
}

impl Usage {
    /// Takes what a report says about one user or role; `None` when no report is about it.
    pub(crate) fn of(known: &LastAccessed, arn: &str, actions: &Actions) -> Option<Self> {
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

    /// Returns what is tracked of each service, ascending by service.
    pub(crate) fn services(&self) -> &[ServiceUsage] {
        &self.services
    }

    pub(crate) fn service(&self, service: u32) -> Option<&ServiceUsage> {
        let place = self.services.binary_search_by_key(&service, |one| one.service);
        self.services.get(place.ok()?)
    }
}

impl ServiceUsage {
    pub(super) fn access(&self, action: u32) -> Access {
        let place = self.tracked.binary_search_by_key(&action, |&(action, _)| action);
        let tracked = place.ok().and_then(|place| self.tracked.get(place));
        tracked.map_or(self.otherwise, |&(_, access)| access)
    }
}
