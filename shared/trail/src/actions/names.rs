//! Turns the name of an event into the actions that the call needed.

use iam::catalogue::Action;
use serde_json::Value;

use super::conditional;
use super::parameters;
use crate::catalogue;
use crate::operations::{self, Operation};

/// Says which of the services that share an event source a request is for, by a member that only its requests have.
///
/// Source: API references of Application Auto Scaling and AWS Auto Scaling.
const BY_MEMBER: [(&str, &str); 2] = [
    ("serviceNamespace", "application-autoscaling"),
    ("scalingPlanName", "autoscaling-plans"),
];

/// Holds the service, the operation and the actions that an event stands for.
#[derive(Debug)]
pub(super) struct Mapping<'r> {
    /// Prefix of the service that the operation belongs to.
    pub(super) service: &'r str,
    /// The operation, when its name does not say all.
    pub(super) operation: Option<Operation<'static>>,
    /// The actions of the call; empty when none is known. The first is the one that the call is named after.
    pub(super) actions: Vec<Action>,
}

/// Returns the actions of a call by its event. The first service that shares the event source and knows the event
/// counts, for the name of the event as it is and then for the name without version.
pub(super) fn mapping<'r>(event_source: &'r str, event_name: &str, request: &Value) -> Mapping<'r> {
    let services = services(event_source, request);
    let names = std::iter::once(event_name)
        .chain(without_version(event_name))
        .filter(|_| !event_name.ends_with("Internal"));
    for name in names {
        for service in &services {
            let operation = operations::operation(service, name);
            let actions = actions(service, name, operation, request);
            if !actions.is_empty() {
                return Mapping {
                    service,
                    operation,
                    actions,
                };
            }
        }
    }
    Mapping {
        service: services.first().copied().unwrap_or(event_source),
        operation: None,
        actions: Vec::new(),
    }
}

/// Returns the prefixes of the services that an event source stands for, the likeliest first; never empty.
fn services<'r>(event_source: &'r str, request: &Value) -> Vec<&'r str> {
    let mut services: Vec<&str> = catalogue::services_of(event_source).collect();
    if services.is_empty() {
        services.push(event_source.split('.').next().unwrap_or(event_source));
    }
    if services.len() > 1 {
        let is_meant = |service: &str| {
            BY_MEMBER
                .iter()
                .any(|(member, of)| *of == service && parameters::has(request, |name| name == *member))
        };
        services.sort_by_key(|service| !is_meant(service));
    }
    services
}

fn actions(service: &str, name: &str, operation: Option<Operation<'_>>, request: &Value) -> Vec<Action> {
    let Some(operation) = operation else {
        return catalogue::action(&format!("{service}:{name}"))
            .into_iter()
            .collect();
    };
    let mut actions: Vec<Action> = Vec::new();
    for needed in operation.actions() {
        if needed
            .conditions()
            .all(|condition| conditional::holds(condition, request))
            && let Some(action) = catalogue::action(&format!("{}:{}", needed.service, needed.name))
            && actions.iter().all(|known| known.name() != action.name())
        {
            actions.push(action);
        }
    }
    actions
}

/// Returns the name without the version of the API that some services append: `CreateFunction20150331`,
/// `GetFunction20150331v2`, `CreateDistribution2020_05_31`.
pub(super) fn without_version(event_name: &str) -> Option<&str> {
    let digits = |text: &str, count: usize| {
        let at = text.len().checked_sub(count)?;
        let (head, tail) = text.split_at_checked(at)?;
        tail.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(head.len())
    };
    let without_digits = |text: &str| {
        let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (head.len() < text.len()).then_some(head.len())
    };
    let revision = without_digits(event_name)
        .and_then(|end| event_name.get(..end)?.strip_suffix('v'))
        .filter(|head| !head.is_empty());
    let dated = revision.unwrap_or(event_name);
    let date = || {
        let mut head = dated;
        for count in [2, 2, 4] {
            head = head.get(..digits(head, count)?)?;
            if count != 4 {
                head = head.strip_suffix('_').unwrap_or(head);
            }
        }
        (!head.is_empty()).then_some(head)
    };
    date().or(revision)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("CreateFunction20150331", Some("CreateFunction"))]
    #[case("GetFunction20150331v2", Some("GetFunction"))]
    #[case("CreateDistribution2020_05_31", Some("CreateDistribution"))]
    #[case("ListObjectsV2", None)]
    #[case("DescribeVpcs", None)]
    #[case("Publishv2", Some("Publish"))]
    #[case("20150331", None)]
    #[case("v2", None)]
    #[case("Get1234", None)]
    #[case("", None)]
    fn only_versions_are_taken_off(#[case] event_name: &str, #[case] stripped: Option<&str>) {
        assert_eq!(without_version(event_name), stripped);
    }
}
