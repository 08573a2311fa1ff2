//! The evidence behind a generated policy, and a tighter policy than the compatible answer may hold.

mod resources;
mod suggestion;

use std::collections::BTreeSet;

use iam::size::ATTACHED_MANAGED_POLICIES;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::completeness::{self, Gap};
use crate::generation::Generation;
use crate::service_level::{self, Candidate};
use crate::usage::{ActionUsage, CallUsage, PassedRole};
use resources::Place;

pub use resources::LISTED_RESOURCES;

/// Actions that AWS lets everybody call; they are in the policies all the same, as AWS has it.
///
/// Source: STS API reference, `GetCallerIdentity` and `GetSessionToken`; `dynamodb:DescribeEndpoints` as listed
/// by iam-dataset.
pub const NEED_NO_PERMISSION: [&str; 3] = [
    "dynamodb:DescribeEndpoints",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
];

/// The body of `GET /policy/generation/{jobId}/evidence`.
///
/// Lists are in ASCII order of their first member; the same usage gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The job.
    pub job_id: String,
    /// Whose calls were searched for.
    pub principal: Principal,
    /// First instant of the time range.
    pub start_time: Timestamp,
    /// Last instant of the time range.
    pub end_time: Timestamp,
    /// As in the compatible answer.
    pub is_complete: bool,
    /// Why `isComplete` is false; empty when it is true.
    pub gaps: Vec<DescribedGap>,
    /// What was read.
    pub reading: Reading,
    /// Every action seen, denied ones included.
    pub actions: Vec<Action>,
    /// Actions whose every call was denied: not in the suggested policies.
    pub denied_actions: Vec<String>,
    /// Roles handed to services.
    pub passed_roles: Vec<Passed>,
    /// Events that map to no action.
    pub unmapped_events: Vec<UnmappedEvent>,
    /// Services that were used without an action that the log files tell.
    pub services_without_actions: Vec<ServiceWithoutActions>,
    /// Whether IAM's service last accessed report was at hand.
    pub last_accessed_report: bool,
    /// Policy documents with the resources seen instead of placeholders, valid as they are: each at most 6,144
    /// characters outside white space.
    pub suggested_policies: Vec<String>,
    /// True when there are more of them than managed policies may be attached to one user or role by default.
    pub exceeds_attachment_quota: bool,
}

/// Whose calls were searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The role or user.
    pub arn: String,
    /// Records per unique id.
    pub ids: Vec<PrincipalId>,
    /// True when records of more than one id were found: the principal was deleted and created again under the
    /// same name, and the policy covers all of them.
    pub recreated: bool,
    /// True for a service-linked role, whose policies cannot be edited: the generated policy only informs.
    pub service_linked_role: bool,
}

/// A unique id of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalId {
    /// `AIDA…` or `AROA…`.
    pub id: String,
    /// Records of it.
    pub records: u64,
}

/// A [`Gap`] with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedGap {
    /// Its `code` and its members.
    #[serde(flatten)]
    pub gap: Gap,
    /// The same in words.
    pub message: String,
}

/// What was read to learn this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Log files, damaged ones included.
    pub files: u64,
    /// Compressed bytes.
    pub bytes: u64,
    /// Records of anybody.
    pub records: u64,
    /// Records of the principal inside the time range that count.
    pub matched: u64,
    /// Records that may be the principal's but could not be parsed.
    pub unparsable: u64,
    /// Matched records whose role is known by its name only, so that a role of the same name under another path
    /// would look the same.
    pub uncertain: u64,
    /// Records left out because another record of the same id was counted.
    pub duplicates: u64,
    /// Corrected records that are counted twice, since the first record could not be taken back any more.
    pub late_corrections: u64,
    /// Number of damaged files.
    pub damaged: u64,
    /// The first of them by name.
    pub damaged_files: Vec<DamagedFile>,
}

/// A file that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DamagedFile {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How often and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calls {
    /// Records, denied ones included.
    pub count: u64,
    /// Records in which the call was denied.
    pub denied: u64,
    /// Earliest record.
    pub first_seen: Option<Timestamp>,
    /// Latest record.
    pub last_seen: Option<Timestamp>,
}

/// One action and how it was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// In the catalogue's spelling.
    pub action: String,
    /// Access levels of the Service Authorization Reference; empty for an action that the catalogue does not
    /// know.
    pub access_levels: Vec<String>,
    /// Counts and dates.
    #[serde(flatten)]
    pub calls: Calls,
    /// True when every record of it is a data event.
    pub data_events_only: bool,
    /// True when AWS lets everybody call it.
    pub needs_no_permission: bool,
    /// Regions of the calls.
    pub regions: Vec<String>,
    /// `eventSource eventName` of the records behind it.
    pub events: Vec<String>,
    /// Services that called with the principal's forwarded permissions.
    pub called_via: Vec<String>,
    /// Concrete resources seen.
    pub resources: Vec<Resource>,
    /// True when more resources were seen than are listed.
    pub more_resources: bool,
    /// Records that name no resource of this action.
    pub without_resource: u64,
    /// What a policy would have to name: the resources, or patterns once they are many or unknown.
    pub resource_patterns: Vec<String>,
    /// Conditions to consider; they hold only if every call comes the way that the log shows.
    pub condition_hints: Vec<ConditionHint>,
    /// Actions that this one may need besides, by the Service Authorization Reference; without evidence of
    /// their own they are in no policy.
    pub dependent_actions: Vec<String>,
}

/// A resource and the records that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The resource.
    pub arn: String,
    /// Records.
    pub count: u64,
}

/// A condition that would narrow a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionHint {
    /// `StringEquals`, …
    pub operator: String,
    /// `kms:ViaService`, …
    pub key: String,
    /// Values seen.
    pub values: BTreeSet<String>,
}

/// A role handed to a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Passed {
    /// As the call named it: a role, an instance profile, or a bare name.
    pub role_arn: String,
    /// Service principal that receives it, when it is known.
    pub service: Option<String>,
    /// `eventSource eventName` that passed it.
    pub event: String,
    /// The statement that allows it; null when the call names no role ARN.
    pub statement: Option<Value>,
}

/// An event that maps to no action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmappedEvent {
    /// `eventSource eventName`.
    pub event: String,
    /// Counts and dates.
    #[serde(flatten)]
    pub calls: Calls,
}

/// A service that was used, but by actions that are not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceWithoutActions {
    /// Prefix of its actions.
    pub service: String,
    /// What is known of it, and what the service-level template holds for it.
    #[serde(flatten)]
    pub candidate: Candidate,
}

/// Composes the evidence of one generation.
#[must_use]
pub fn compose(job_id: &str, generation: &Generation<'_>) -> Evidence {
    let usage = generation.usage;
    let gaps = completeness::gaps(generation);
    let suggested_policies = suggestion::documents_for(generation);
    Evidence {
        job_id: job_id.to_owned(),
        principal: principal(generation),
        start_time: generation.start,
        end_time: generation.end,
        is_complete: gaps.is_empty(),
        gaps: gaps
            .into_iter()
            .map(|gap| DescribedGap {
                message: gap.to_string(),
                gap,
            })
            .collect(),
        reading: reading(&usage.reading),
        actions: usage
            .actions
            .iter()
            .map(|(action, usage)| describe(action, usage, generation))
            .collect(),
        denied_actions: usage
            .actions
            .iter()
            .filter(|(_, usage)| usage.only_denied())
            .map(|(action, _)| action.clone())
            .collect(),
        passed_roles: usage.passed_roles.iter().map(passed).collect(),
        unmapped_events: usage
            .unmapped
            .iter()
            .map(|(event, usage)| UnmappedEvent {
                event: event.clone(),
                calls: usage.into(),
            })
            .collect(),
        services_without_actions: service_level::candidates(generation)
            .into_iter()
            .map(|(service, candidate)| ServiceWithoutActions { service, candidate })
            .collect(),
        last_accessed_report: generation.last_accessed.is_some(),
        exceeds_attachment_quota: suggested_policies.len() > ATTACHED_MANAGED_POLICIES,
        suggested_policies,
    }
}

fn principal(generation: &Generation<'_>) -> Principal {
    let ids: Vec<PrincipalId> = generation
        .usage
        .principal_ids
        .iter()
        .map(|(id, records)| PrincipalId {
            id: id.clone(),
            records: *records,
        })
        .collect();
    Principal {
        arn: generation.principal.arn().to_owned(),
        recreated: ids.len() > 1,
        ids,
        service_linked_role: generation.principal.arn().contains(":role/aws-service-role/"),
    }
}

fn reading(reading: &crate::usage::Reading) -> Reading {
    Reading {
        files: reading.files,
        bytes: reading.bytes,
        records: reading.records,
        matched: reading.matched,
        unparsable: reading.unparsable,
        uncertain: reading.uncertain,
        duplicates: reading.duplicates,
        late_corrections: reading.late_corrections,
        damaged: reading.damaged,
        damaged_files: reading
            .damaged_files
            .iter()
            .map(|(file, reason)| DamagedFile {
                file: file.clone(),
                reason: reason.clone(),
            })
            .collect(),
    }
}

impl From<&CallUsage> for Calls {
    fn from(usage: &CallUsage) -> Self {
        Self {
            count: usage.calls,
            denied: usage.denied,
            first_seen: usage.first_seen,
            last_seen: usage.last_seen,
        }
    }
}

fn describe(action: &str, usage: &ActionUsage, generation: &Generation<'_>) -> Action {
    let place = Place::of(generation);
    let known = generation.reference.action(action);
    let mut resource_patterns: Vec<String> = resources::patterns(action, usage, place)
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    resource_patterns.sort_unstable();
    resource_patterns.dedup();
    Action {
        action: action.to_owned(),
        access_levels: known
            .iter()
            .flat_map(|known| texts(&known.access_levels))
            .collect(),
        calls: (&usage.calls).into(),
        data_events_only: usage.data_only,
        needs_no_permission: NEED_NO_PERMISSION.contains(&action),
        regions: usage.regions.iter().cloned().collect(),
        events: usage.events.iter().cloned().collect(),
        called_via: usage.called_via.iter().cloned().collect(),
        resources: usage
            .resources
            .iter()
            .map(|(arn, count)| Resource {
                arn: arn.clone(),
                count: *count,
            })
            .collect(),
        more_resources: usage.more_resources,
        without_resource: usage.without_resource,
        resource_patterns,
        condition_hints: condition_hints(action, usage),
        dependent_actions: known
            .iter()
            .flat_map(|known| texts(&known.dependent_actions))
            .collect(),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// `kms:ViaService` names service and Region, so that it also tells which of the Regions the key served;
/// everything else is left to `aws:CalledVia`.
fn condition_hints(action: &str, usage: &ActionUsage) -> Vec<ConditionHint> {
    // The log also writes `AWS Internal`, which is no service principal.
    let services = || {
        usage
            .called_via
            .iter()
            .filter_map(|via| Some((via, via.strip_suffix(".amazonaws.com")?)))
    };
    let is_key = service_level::prefix_of(action) == "kms" && !usage.regions.is_empty();
    let (operator, key, values): (_, _, BTreeSet<String>) = if is_key {
        let in_region = |region: &String| {
            services()
                .map(move |(_, service)| format!("{service}.{region}.amazonaws.com"))
                .collect::<Vec<_>>()
        };
        (
            "StringEquals",
            "kms:ViaService",
            usage.regions.iter().flat_map(in_region).collect(),
        )
    } else {
        (
            "ForAnyValue:StringEquals",
            "aws:CalledVia",
            services().map(|(via, _)| via.clone()).collect(),
        )
    };
    if values.is_empty() {
        return Vec::new();
    }
    vec![ConditionHint {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values,
    }]
}

fn passed(role: &PassedRole) -> Passed {
    let statement = suggestion::is_role(&role.role_arn).then(|| suggestion::pass_role(role));
    Passed {
        role_arn: role.role_arn.clone(),
        service: role.service.clone(),
        event: role.event.clone(),
        statement,
    }
}

#[cfg(test)]
mod tests;
