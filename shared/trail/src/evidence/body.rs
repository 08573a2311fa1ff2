//! Holds the members of the evidence, as they are written.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::completeness::Gap;
use crate::service_level::Candidate;

/// The body of `GET /policy/generation/{jobId}/evidence`.
///
/// Lists are in ASCII order of their first member; the same usage gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The id of the job.
    pub job_id: String,
    /// Holds the principal whose calls were searched for.
    pub principal: Principal,
    /// First instant of the time range.
    pub start_time: Timestamp,
    /// Last instant of the time range.
    pub end_time: Timestamp,
    /// The same value as in the compatible reply.
    pub is_complete: bool,
    /// Says why `isComplete` is false; empty when it is true.
    pub gaps: Vec<DescribedGap>,
    /// Says how much was read.
    pub reading: ScannedFiles,
    /// Every action seen, denied ones included.
    pub actions: Vec<ObservedAction>,
    /// Actions whose every call was denied: not in the suggested policies.
    pub denied_actions: Vec<String>,
    /// Roles handed to services.
    pub passed_roles: Vec<Passed>,
    /// Events that map to no action.
    pub unmapped_events: Vec<UnmappedEvent>,
    /// Services that were used without an action in the log files.
    pub services_without_actions: Vec<ServiceWithoutActions>,
    /// Says whether IAM's service last accessed report could be read.
    pub last_accessed_report: bool,
    /// Policy documents with the resources seen instead of placeholders, valid as they are: each at most 6,144
    /// characters outside white space.
    pub suggested_policies: Vec<String>,
    /// Says whether there are more of them than the number of managed policies that may be attached to one user or role
    /// by default.
    pub exceeds_attachment_quota: bool,
}

/// Names the principal whose calls were searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The role or user.
    pub arn: String,
    /// Records per unique id.
    pub ids: Vec<PrincipalId>,
    /// Says whether records of more than one id were found: the principal was deleted and created again under the same
    /// name, and the policy covers all of them.
    pub recreated: bool,
    /// Says whether the principal is a service-linked role. The policies of such a role cannot be edited: the generated
    /// policy only informs.
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

/// Says how much was read for the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScannedFiles {
    /// Log files, damaged ones included.
    pub files: u64,
    /// The compressed bytes that were read.
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
    /// Says what is wrong with the file.
    pub reason: String,
}

/// Says how often and when the calls were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Calls {
    /// Records, denied ones included.
    pub count: u64,
    /// Records in which the call was denied.
    pub denied: u64,
    /// The time of the earliest record.
    pub first_seen: Option<Timestamp>,
    /// The time of the latest record.
    pub last_seen: Option<Timestamp>,
}

/// One action and how it was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedAction {
    /// The action in the catalogue's spelling.
    pub action: String,
    /// Access levels of the Service Authorization Reference; empty for an action that the catalogue does not
    /// know.
    pub access_levels: Vec<String>,
    /// Counts and dates.
    #[serde(flatten)]
    pub calls: Calls,
    /// Says whether every record of it is a data event.
    pub data_events_only: bool,
    /// Says whether AWS lets everybody call it without a permission.
    pub needs_no_permission: bool,
    /// Regions of the calls.
    pub regions: Vec<String>,
    /// `eventSource eventName` of the records behind it.
    pub events: Vec<String>,
    /// Services that called with the principal's forwarded permissions.
    pub called_via: Vec<String>,
    /// Concrete resources seen.
    pub resources: Vec<Resource>,
    /// Says whether more resources were seen than are listed.
    pub more_resources: bool,
    /// Records that name no resource of this action.
    pub without_resource: u64,
    /// Holds what a policy would have to name: the resources, or patterns when they are many or unknown.
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
    /// The ARN of the resource.
    pub arn: String,
    /// The number of records.
    pub count: u64,
}

/// A condition that would narrow a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionHint {
    /// The condition operator: `StringEquals`, …
    pub operator: String,
    /// The condition key: `kms:ViaService`, …
    pub key: String,
    /// The values that were seen.
    pub values: BTreeSet<String>,
}

/// A role handed to a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Passed {
    /// The role as the call named it: a role, an instance profile, or a name without ARN.
    pub role_arn: String,
    /// Service principal that receives it, when it is known.
    pub service: Option<String>,
    /// `eventSource eventName` that passed it.
    pub event: String,
    /// The statement that allows it; null when the call names no ARN. For an instance profile it allows any role of the
    /// account, since no record names the role of the profile.
    pub statement: Option<Value>,
}

/// An event that maps to no action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmappedEvent {
    /// The event, as `eventSource eventName`.
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
    /// Holds what is known of the service, and what the service-level template contains for it.
    #[serde(flatten)]
    pub candidate: Candidate,
}
