//! Turns one CloudTrail record into the IAM actions that the call needed, with their resources.
//!
//! The name of the event decides: first the table of API operations, which says which actions a call needs by its
//! parameters; an operation that is not in the table needs the action of its own name. The name is looked for in each
//! service that logs under the event source, and then again without the version of the API in it. An action that the
//! catalogue does not know never enters: the event stays unmapped, and the evidence shows it.

mod aliases;
mod conditional;
mod names;
mod parameters;
mod pass_role;
mod permissionless;
mod resources;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use iam::catalogue::Action;
use model::account::AccountId;
use serde_json::Value;

use crate::catalogue::{self, PASS_ROLE};
use crate::denial::{self, Denial};
use crate::record::Record;
use crate::usage::{Call, CalledAction, PassedRole, escaped};
use names::Mapping;
use pass_role::Caller;
use resources::{Named, Needed};

pub use permissionless::needs_no_action;

/// Returns the call of `record` with the actions and resources that it needed.
#[must_use]
pub fn understand(record: &Record<'_>) -> Call {
    let mut call = Call::of(record);
    let denial = denial::denial(record);
    call.denied = denial.is_some();
    if permissionless::is_permissionless(&record.event_source, &record.event_name) {
        return call;
    }

    let request = parameters::object(&record.request_parameters);
    let texts = parameters::texts(&request);
    let event_name = record.event_name.as_ref();
    let Mapping {
        service,
        operation,
        mut actions,
    } = names::mapping(&record.event_source, event_name, &request);
    let refused = refused_action(denial);
    if let Some(action) = &refused
        && actions.iter().all(|known| known.name() != action.name())
    {
        actions.push(*action);
    }
    if actions.is_empty() {
        return call;
    }

    let named = named(record, owner(service, &request), &texts);
    if let Some(operation) = operation {
        let caller = Caller {
            partition: named.partition,
            account: named.account,
        };
        call.passed_roles = pass_role::of(operation, &call.event, &texts, caller);
    }
    let primary = actions.first().map_or("", Action::name);
    let copied_from = copied_from(service, event_name, &request, named.partition);
    let refused = refused
        .as_ref()
        .map(|action| (action.name(), denial.and_then(|denial| denial.resource)));
    for action in &actions {
        let needed = Needed {
            action,
            primary,
            service,
            primary_resources: call
                .actions
                .first()
                .map_or(&[], |called| called.resources.as_slice()),
            refused,
            copied_from: copied_from.as_deref(),
            request: &request,
            texts: &texts,
        };
        let touched = resources::of(action, operation, &resources::narrowed(&named, &needed));
        if action.name() == PASS_ROLE {
            add_refused_role(&mut call, touched.resources.into_iter().map(|role| role.text));
        } else {
            call.actions.push(CalledAction {
                action: action.name().to_owned(),
                resources: touched.resources,
                unnamed_types: touched.unnamed_types,
            });
        }
    }
    call
}

/// Returns the action that a refusal names. Nothing shows better what the call was checked against.
fn refused_action(denial: Option<Denial<'_>>) -> Option<Action> {
    catalogue::action(denial?.action?)
}

/// Returns the account that owns what the request names, where the request itself names the account.
///
/// Source: Amazon ECR API reference, `registryId` of the operations.
fn owner<'v>(service: &str, request: &'v Value) -> Option<&'v str> {
    let account = request.get("registryId").filter(|_| service == "ecr")?.as_str()?;
    let is_account = AccountId::is_valid(account);
    is_account.then_some(account)
}

fn named<'c>(
    record: &'c Record<'_>,
    owner: Option<&'c str>,
    request: &'c [parameters::Text<'c>],
) -> Named<'c> {
    let identity = record.user_identity.as_ref();
    let arn = identity.and_then(|identity| identity.arn.as_deref());
    let account = identity
        .and_then(|identity| identity.account_id.as_deref())
        .or(record.recipient_account_id.as_deref());
    Named {
        event_name: &record.event_name,
        partition: arn
            .and_then(|arn| arn.split(':').nth(1))
            .unwrap_or_else(|| partition_of(&record.aws_region)),
        region: &record.aws_region,
        account: owner.or(account).unwrap_or_default(),
        user: arn.filter(|arn| arn.contains(":user/")),
        has_succeeded: record.error_code.is_none(),
        arns: record
            .resources
            .iter()
            .flatten()
            .filter_map(|entry| entry.arn.as_deref().map(Cow::Borrowed))
            .collect(),
        patterns: record
            .resources
            .iter()
            .flatten()
            .filter_map(|entry| Some(Cow::Owned(escaped(entry.arn_prefix.as_deref()?) + "*")))
            .collect(),
        request: request.into(),
        placement_group: record
            .request_parameters
            .pointer("/placement/groupName")
            .and_then(Value::as_str),
        response: &record.response_elements,
    }
}

/// Returns the partition of a region. Source: AWS general reference, "Partitions".
fn partition_of(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PARTITIONS
        .iter()
        .find(|(start, _)| region.starts_with(start))
        .map_or("aws", |(_, partition)| partition)
}

/// Returns the ARN of the object that an S3 call copies; `x-amz-copy-source` is `/bucket/key?versionId=…`,
/// percent-encoded.
fn copied_from(service: &str, event_name: &str, request: &Value, partition: &str) -> Option<String> {
    if service != "s3" || !matches!(event_name, "CopyObject" | "UploadPartCopy") {
        return None;
    }
    let source = request
        .get("x-amz-copy-source")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let path = source.split('?').next().unwrap_or_default();
    Some(format!(
        "arn:{partition}:s3:::{}",
        decoded(path.trim_start_matches('/'))
    ))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let hex = |byte: Option<u8>| {
            char::from(byte?)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high * 16 + low);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Adds the role that a refusal to pass a role names outright.
fn add_refused_role(call: &mut Call, roles: impl Iterator<Item = String>) {
    for role_arn in roles {
        if call.passed_roles.iter().all(|known| known.role_arn != role_arn) {
            call.passed_roles.push(PassedRole {
                role_arn,
                service: None,
                event: call.event.clone(),
            });
        }
    }
}
