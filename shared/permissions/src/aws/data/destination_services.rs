//! The services whose resources the actions of a service work on.

use super::actions::Actions;
use iam::arn::account_field;
use std::collections::{BTreeMap, BTreeSet};

/// A service whose resources actions work on
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DestinationService {
    /// The name of the service as rows show it
    pub(crate) name: Box<str>,
    /// The name of the service in the ARNs of its resources; `*` when it is not known
    pub(crate) of_arn: Box<str>,
    /// Says whether the ARNs of its resources do not name an account
    pub(crate) is_without_account: bool,
}

/// Holds what the actions of each service work on, in the order of services
#[derive(Debug, Default)]
pub(crate) struct DestinationServices(BTreeMap<Box<str>, BTreeSet<DestinationService>>);

impl DestinationServices {
    /// Returns the services for all actions of a snapshot.
    pub(crate) fn of(actions: &Actions) -> Self {
        let mut found: BTreeMap<Box<str>, BTreeSet<DestinationService>> = BTreeMap::new();
        let all = (0..actions.count()).filter_map(|number| actions.get(number));
        // The names of one service stand together.
        let mut current: Option<(&str, BTreeSet<u16>, bool)> = None;
        let mut close = |service: &str, types: BTreeSet<u16>, is_open: bool| {
            let own = found.entry(service.into()).or_default();
            own.extend(
                types
                    .into_iter()
                    .flat_map(|number| destinations(actions, number, service)),
            );
            own.insert(DestinationService {
                name: service.into(),
                of_arn: if is_open { "*" } else { service }.into(),
                is_without_account: false,
            });
        };
        for action in all {
            let service = action.name.split(':').next().unwrap_or_default();
            if current.as_ref().is_none_or(|(before, ..)| *before != service)
                && let Some((before, types, is_open)) = current.replace((service, BTreeSet::new(), false))
            {
                close(before, types, is_open);
            }
            if let Some((_, types, is_open)) = &mut current {
                types.extend(action.types.iter().copied());
                // An action that the catalogue does not know can work on anything.
                *is_open |= !action.known;
            }
        }
        if let Some((service, types, is_open)) = current {
            close(service, types, is_open);
        }
        Self(found)
    }

    /// Returns all services that have actions, with those that their actions work on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<DestinationService>)> {
        self.0.iter().map(|(service, own)| (&**service, own))
    }
}

/// Returns the services of a resource type. The rows show the service of the first format.
fn destinations<'a>(
    actions: &'a Actions,
    number: u16,
    of_action: &'a str,
) -> impl Iterator<Item = DestinationService> + use<'a> {
    let formats = actions.resource_type(number).map_or(&[][..], |one| &one.patterns);
    let shown = formats.first().map_or("", |first| &*first.service);
    let shown = if shown.is_empty() || shown.contains('*') {
        of_action
    } else {
        shown
    };
    formats.iter().map(move |format| DestinationService {
        name: shown.into(),
        of_arn: format.service.clone(),
        is_without_account: account_field(format.pattern.as_str()) == Some(""),
    })
}
