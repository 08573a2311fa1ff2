//! Divides what a request names among several actions, where each action needs only a part of it.

use serde_json::Value;

use super::Named;
use crate::actions::parameters::{self, Text};

/// Returns the texts that `action` alone is about; `None` when the action is about the whole request.
pub(super) fn texts<'v>(action: &str, event_name: &str, request: &'v Value) -> Option<Vec<Text<'v>>> {
    if let Some(other) = other_member(action, event_name) {
        let mut texts = parameters::texts(request);
        texts.retain(|text| !text.name.eq_ignore_ascii_case(other));
        return Some(texts);
    }
    if event_name != "TransactWriteItems" {
        return None;
    }
    let member = write(action)?;
    // CloudTrail writes `requestItems` as entries with an operation; in the request the operation is a member.
    let items = request
        .get("requestItems")
        .or_else(|| request.get("transactItems"));
    let own = items?.as_array()?.iter().filter_map(|item| {
        let members = item.as_object()?;
        let named = |wanted: &str| {
            let mut members = members.iter();
            members
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                .map(|(_, value)| value)
        };
        match named("operation").and_then(Value::as_str) {
            Some(operation) => operation.eq_ignore_ascii_case(member).then_some(item),
            None => named(member),
        }
    });
    Some(own.flat_map(parameters::texts).collect())
}

/// Keeps only those resources of a record that `action` alone is about, as far as `request` shows: the texts of the whole
/// request.
pub(super) fn keep_own(named: &mut Named<'_>, action: &str, request: &[Text<'_>]) {
    if let Some((own, other)) = keys(action) {
        keep_own_key(named, id(request, own), id(request, other));
    } else if named.event_name == "TransactWriteItems" {
        let tables: Vec<&str> = parameters::named(&named.request, "tableName").map(last).collect();
        if !tables.is_empty() {
            named.arns.retain(|arn| tables.contains(&last(arn)));
        }
    }
}

/// Returns the member of the request that names the resource of another action of the call.
///
/// Source: Amazon SQS developer guide, "Configuring queue permissions for dead-letter queue redrive": messages are received
/// from one queue and sent to another.
fn other_member(action: &str, event_name: &str) -> Option<&'static str> {
    match (event_name, action) {
        ("StartMessageMoveTask", "sqs:SendMessage") => Some("sourceArn"),
        ("StartMessageMoveTask", _) => Some("destinationArn"),
        _ => keys(action).map(|(_, other)| other),
    }
}

/// Returns the members that name the two keys of a re-encryption: the member of the action's own, and that of the other.
fn keys(action: &str) -> Option<(&'static str, &'static str)> {
    match action {
        "kms:ReEncryptFrom" => Some(("sourceKeyId", "destinationKeyId")),
        "kms:ReEncryptTo" => Some(("destinationKeyId", "sourceKeyId")),
        _ => None,
    }
}

/// Returns the member of an item of a transaction that needs the action.
fn write(action: &str) -> Option<&'static str> {
    match action {
        "dynamodb:ConditionCheckItem" => Some("conditionCheck"),
        "dynamodb:DeleteItem" => Some("delete"),
        "dynamodb:PutItem" => Some("put"),
        "dynamodb:UpdateItem" => Some("update"),
        _ => None,
    }
}

/// Keeps the key of one member. An alias identifies no key, because no ARN of a key ends in it.
fn keep_own_key(named: &mut Named<'_>, own: Option<&str>, other: Option<&str>) {
    let is = |arn: &str, id: Option<&str>| id.is_some_and(|id| last(arn) == id);
    if named.arns.iter().any(|arn| is(arn, own)) {
        named.arns.retain(|arn| is(arn, own));
    } else if named.arns.len() > 1 {
        named.arns.retain(|arn| !is(arn, other));
    }
}

fn id<'v>(request: &[Text<'v>], member: &str) -> Option<&'v str> {
    let key = request.iter().find(|text| text.name.eq_ignore_ascii_case(member));
    key.map(|key| last(key.value))
}

/// Returns the name at the end of an ARN, or the name itself.
fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
