//! From the name of an event to the names of the actions that every such call needs.

use serde_json::Value;

use super::gateway;
use super::overrides::{self, Override};
use super::parameters;
use crate::operations;
use crate::reference::{Action, Reference};

/// Services that log under the event source of another one.
///
/// Source: CloudTrail user guide, "CloudTrail supported services"; the first is only seen in log files.
const SIBLINGS: [(&str, &[&str]); 9] = [
    ("autoscaling", &["application-autoscaling", "autoscaling-plans"]),
    ("aws-marketplace", &["aws-marketplace-management"]),
    ("bedrock", &["bedrock-agentcore", "bedrock-mantle"]),
    ("es", &["aoss"]),
    ("iot", &["iotjobsdata", "iotwireless"]),
    ("s3", &["s3-object-lambda", "s3-outposts", "s3express"]),
    ("ses", &["mobiletargeting"]),
    ("sso", &["sso-directory", "identitystore"]),
    ("waf", &["waf-regional"]),
];

/// Prefix of the service that an event source stands for.
pub(super) fn service_of<'r>(reference: &'r dyn Reference, event_source: &'r str) -> &'r str {
    let stem = event_source
        .strip_suffix(".amazonaws.com.cn")
        .or_else(|| event_source.strip_suffix(".amazonaws.com"))
        .unwrap_or(event_source);
    // Sources of China say the same without the suffix, which a reference need not know.
    reference.service_of(event_source).unwrap_or(stem)
}

/// The actions of a call; empty when none is known. The first is the one that the call is named after.
pub(super) fn of<'r>(
    reference: &'r dyn Reference,
    service: &str,
    event_name: &str,
    request: &Value,
) -> Vec<Action<'r>> {
    if event_name.ends_with("Internal") {
        return Vec::new();
    }
    let known = |event_name: &str| named(reference, service, event_name, request);
    let plain = known(event_name);
    if !plain.is_empty() {
        return plain;
    }
    let stripped = without_version(event_name).map(known).unwrap_or_default();
    if !stripped.is_empty() {
        return stripped;
    }
    let siblings = SIBLINGS
        .iter()
        .filter(|(prefix, _)| *prefix == service)
        .flat_map(|(_, siblings)| *siblings);
    siblings
        .filter_map(|sibling| action(reference, sibling, event_name))
        .take(1)
        .collect()
}

fn named<'r>(
    reference: &'r dyn Reference,
    service: &str,
    event_name: &str,
    request: &Value,
) -> Vec<Action<'r>> {
    match overrides::of(service, event_name) {
        Some(Override::Actions(names)) => names.iter().filter_map(|name| reference.action(name)).collect(),
        Some(Override::Members(rows)) => rows
            .iter()
            .filter(|(member, _)| holds_member(request, member))
            .filter_map(|(_, name)| reference.action(name))
            .collect(),
        Some(Override::Statements(rows)) => rows
            .iter()
            .filter(|(verb, _)| holds_statement(request, verb))
            .filter_map(|(_, name)| reference.action(name))
            .collect(),
        None => action(reference, service, event_name)
            .or_else(|| of_operation(reference, service, event_name))
            .or_else(|| action(reference, service, gateway::verb(service, event_name)?))
            .into_iter()
            .collect(),
    }
}

/// The action that the table of operations puts first.
fn of_operation<'r>(reference: &'r dyn Reference, service: &str, event_name: &str) -> Option<Action<'r>> {
    let first = operations::operation(service, event_name)?.actions().next()?;
    action(reference, first.service, first.name)
}

fn action<'r>(reference: &'r dyn Reference, service: &str, name: &str) -> Option<Action<'r>> {
    reference.action(&format!("{service}:{name}"))
}

/// The name without the version of the API that some services append: `CreateFunction20150331`,
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

/// True when any object of the request has the member.
fn holds_member(value: &Value, member: &str) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| holds_member(element, member)),
        Value::Object(members) => members.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(member) && !value.is_null() || holds_member(value, member)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// True when a statement of the request starts with the verb.
fn holds_statement(request: &Value, verb: &str) -> bool {
    let texts = parameters::texts(request);
    texts.iter().any(|text| {
        text.name.eq_ignore_ascii_case("statement")
            && text
                .value
                .trim_start()
                .get(..verb.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(verb))
    })
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
