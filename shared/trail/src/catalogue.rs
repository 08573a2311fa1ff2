//! Looks up in the action catalogue what policy generation needs.

use iam::catalogue::{Action, ActionResource, Catalogue};

/// The action of handing a role to a service. CloudTrail does not record it.
pub(crate) const PASS_ROLE: &str = "iam:PassRole";

/// Returns the action of that name, `s3:GetObject`, in any case of letters; `None` when it does not exist.
pub(crate) fn action(name: &str) -> Option<Action> {
    Catalogue::embedded().action(name)
}

/// Returns the types of resources that the action of that name is authorised on; no type when the action does not
/// exist.
pub(crate) fn types(action_name: &str) -> Vec<ActionResource> {
    action(action_name)
        .into_iter()
        .flat_map(|action| action.resource_types())
        .collect()
}

/// Returns the ARN format by which the usage of a job knows a type.
pub(crate) fn first_format(kind: &ActionResource) -> &'static str {
    kind.resource_type.formats().next().unwrap_or_default()
}

/// Returns the ARN formats of the required types of an action, with the partition filled in; empty when the action is
/// authorised on `*`.
pub(crate) fn templates(action: &Action, partition: &str) -> Vec<String> {
    action
        .resource_types()
        .filter(|kind| kind.required)
        .flat_map(|kind| kind.resource_type.formats())
        .map(|format| format.replace("${Partition}", partition))
        .collect()
}

/// Returns whether there is a service with that prefix.
pub(crate) fn is_service(prefix: &str) -> bool {
    Catalogue::embedded().service(prefix).is_some()
}

/// Returns the prefixes of the services that log under an event source, the likeliest first: `cloudwatch` for
/// `monitoring.amazonaws.com`.
pub(crate) fn services_of(event_source: &str) -> impl Iterator<Item = &'static str> {
    let stem = event_source
        .strip_suffix(".amazonaws.com.cn")
        .or_else(|| event_source.strip_suffix(".amazonaws.com"));
    stem.into_iter()
        .flat_map(|stem| Catalogue::embedded().services_of_event_source(stem))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::completeness::DATA_EVENT_SERVICES;

    #[test]
    fn services_whose_data_events_count_exist() {
        for service in DATA_EVENT_SERVICES {
            assert!(is_service(service), "{service}");
        }
    }

    #[rstest]
    #[case::of_the_same_name("dynamodb.amazonaws.com", Some("dynamodb"))]
    #[case::renamed("monitoring.amazonaws.com", Some("cloudwatch"))]
    #[case::in_china("monitoring.amazonaws.com.cn", Some("cloudwatch"))]
    #[case::of_no_service("no-such-service.amazonaws.com", None)]
    #[case::without_a_domain("dynamodb", None)]
    #[case::of_another_domain("dynamodb.example.com", None)]
    fn an_event_source_leads_to_the_prefix_of_its_actions(
        #[case] event_source: &str,
        #[case] prefix: Option<&str>,
    ) {
        assert_eq!(services_of(event_source).next(), prefix);
    }
}
