//! Makes the service-level template: services that were used recently, but by actions that the log files do not show.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::actions::needs_no_action;
use crate::catalogue::{self, PASS_ROLE};
use crate::generation::Generation;
use crate::policy::document::Statement;

/// Services that never get a wildcard: with it, a principal could grant itself everything else, or read secrets.
pub const NEVER_WILDCARD: [&str; 9] = [
    "account",
    "iam",
    "identitystore",
    "kms",
    "organizations",
    "secretsmanager",
    "sso",
    "sso-directory",
    "sts",
];

/// A service that was used, but has no action in the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Latest attempt by the last accessed report, if it is the reason.
    pub last_authenticated: Option<Timestamp>,
    /// Events of the service that map to no action, `eventSource eventName`.
    pub unmapped_events: BTreeSet<String>,
    /// Holds what the template contains for the service: actions, or `prefix:*`. It is empty for services that never
    /// get a wildcard and for prefixes that name no service.
    pub actions: BTreeSet<String>,
}

/// Returns the services that were used in the time range or after it and have no action of their own in the policy, by
/// prefix.
///
/// IAM reports the latest use only, so that a use after the end of the range may hide one inside it: it counts.
#[must_use]
pub fn candidates(generation: &Generation<'_>) -> BTreeMap<String, Candidate> {
    let identified: BTreeSet<&str> = generation
        .identified_actions()
        .map(|(action, _)| prefix_of(action))
        .collect();
    let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();

    let unmapped = generation.usage.unmapped.keys();
    for event in unmapped.filter(|event| !needs_no_action(event)) {
        if let Some(prefix) = service_of(event) {
            candidates
                .entry(prefix.to_owned())
                .or_default()
                .unmapped_events
                .insert(event.clone());
        }
    }
    let services = generation
        .last_accessed
        .map_or(&[][..], |report| &report.services);
    for service in services {
        let namespace = service.namespace.to_ascii_lowercase();
        let recent = |at: Option<Timestamp>| at.is_some_and(|at| at >= generation.start);
        if recent(service.last_authenticated) {
            let candidate = candidates.entry(namespace).or_default();
            candidate.last_authenticated = candidate.last_authenticated.max(service.last_authenticated);
            candidate.actions.extend(
                service
                    .tracked_actions
                    .iter()
                    .filter(|tracked| recent(tracked.last_accessed))
                    .filter_map(|tracked| tracked_action(&service.namespace, &tracked.name)),
            );
        }
    }
    candidates.retain(|prefix, _| !identified.contains(prefix.as_str()));
    for (prefix, candidate) in &mut candidates {
        let named_by_iam = candidate.last_authenticated.is_some();
        if candidate.actions.is_empty()
            && !NEVER_WILDCARD.contains(&prefix.as_str())
            && (named_by_iam || catalogue::is_service(prefix))
        {
            candidate.actions.insert(format!("{prefix}:*"));
        }
    }
    candidates
}

/// Returns the action in the catalogue's spelling; `None` for an action that does not exist and for the one that is
/// never seen.
fn tracked_action(namespace: &str, name: &str) -> Option<String> {
    let action = if name.contains(':') {
        name.to_owned()
    } else {
        format!("{namespace}:{name}")
    };
    let known = catalogue::action(&action)?.name();
    (known != PASS_ROLE).then(|| known.to_owned())
}

/// Returns the prefix of the service to which an event `eventSource eventName` belongs.
fn service_of(event: &str) -> Option<&'static str> {
    catalogue::services_of(event.split_once(' ').map_or(event, |(source, _)| source)).next()
}

/// Returns the statement of the template, or nothing when no service needs it.
pub(crate) fn statement(candidates: &BTreeMap<String, Candidate>) -> Option<Statement> {
    let actions: BTreeSet<&String> = candidates
        .values()
        .flat_map(|candidate| &candidate.actions)
        .collect();
    (!actions.is_empty()).then(|| Statement {
        series: "ServiceLevelSid",
        actions: actions.into_iter().cloned().collect(),
        resources: vec!["*".to_owned()],
        condition: None,
    })
}

/// Returns the text before the colon of `s3:GetObject`.
pub(crate) fn prefix_of(action: &str) -> &str {
    action.split_once(':').map_or(action, |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests;
