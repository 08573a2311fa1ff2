//! The usage is what one principal was seen doing: the neutral evidence from which policies are rendered.
//!
//! A [`Usage`] is a value that merges: shards are scanned anywhere in any order, and the merged result is the
//! same. It is stored with the job; the flags of a read decide how it is rendered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::Record;

mod merge;
mod resource;
mod resource_set;
#[cfg(test)]
mod tests;

pub use resource::{Resource, escaped};
pub use resource_set::ResourceSet;

/// Most resources that the evidence of one action lists one by one. Policies are proposed from [`TypeUsage`], which
/// keeps the structure of all of them.
pub const RESOURCES_PER_ACTION: usize = 100;

/// Longest resource ARN kept, in bytes.
///
/// Source: API reference of the services that accept ARNs; 2,048 is the largest of their limits.
pub const RESOURCE_LENGTH: usize = 2048;

/// Most entries of every other list that log files can make grow.
///
/// Far above what a principal does, and low enough that a usage stays small whatever the files hold.
pub const ENTRIES: usize = 1000;

/// Most principals that are kept for their likeness.
pub const NEAREST_PRINCIPALS: usize = 5;

/// Most damaged files that are named.
pub const DAMAGED_FILES: usize = 20;

/// Holds everything that the log files say about one principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Keyed by the action in the catalogue's spelling, `s3:GetObject`.
    pub actions: BTreeMap<String, ActionUsage>,
    /// Calls that map to no IAM action, keyed by `eventSource eventName`.
    pub unmapped: BTreeMap<String, CallUsage>,
    /// Roles handed to a service, keyed by role ARN and service principal.
    pub passed_roles: BTreeSet<PassedRole>,
    /// Roles that were added to instance profiles, by anybody: names by the name of the profile.
    #[serde(default)]
    pub instance_profiles: BTreeMap<String, BTreeSet<String>>,
    /// Records per unique id (`AIDA…`, `AROA…`). More than one id means that the principal was created again.
    pub principal_ids: BTreeMap<String, u64>,
    /// Data records per IAM service prefix.
    pub data_records: BTreeMap<String, u64>,
    /// Says whether one of the lists above would hold more than [`ENTRIES`].
    #[serde(default)]
    pub more_entries: bool,
    /// The principals whose ARNs are most like the principal's, of a sample of the other records: they help
    /// people who misspelt it. At most [`NEAREST_PRINCIPALS`], each with the number of edits between the ARNs.
    #[serde(default)]
    pub nearest_principals: BTreeSet<(usize, String)>,
    /// Regions that could not be read to their end, each with the reason.
    #[serde(default)]
    pub unread: BTreeMap<String, String>,
    /// Holds how much was read.
    pub reading: ScanCounts,
}

/// Says how often and when a call was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUsage {
    /// Records, denied ones included.
    pub calls: u64,
    /// Records in which the call was denied.
    pub denied: u64,
    /// The time of the earliest record.
    pub first_seen: Option<Timestamp>,
    /// The time of the latest record.
    pub last_seen: Option<Timestamp>,
}

/// Says how an action was used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionUsage {
    /// Counts and dates.
    #[serde(flatten)]
    pub calls: CallUsage,
    /// Records per concrete resource ARN, at most [`RESOURCES_PER_ACTION`] of them (the first in ARN order, so
    /// that the order of merging does not matter).
    pub resources: BTreeMap<String, u64>,
    /// Says whether more resources were seen than are kept.
    pub more_resources: bool,
    /// Records that name no resource for this action.
    pub without_resource: u64,
    /// Those of them in which the call was allowed and has parameters.
    #[serde(default)]
    pub unnamed: u64,
    /// The resources by their type, which its first ARN format stands for.
    #[serde(default)]
    pub types: BTreeMap<String, TypeUsage>,
    /// Regions of the calls.
    pub regions: BTreeSet<String>,
    /// Services that called with the principal's forwarded permissions (`invokedBy`).
    pub called_via: BTreeSet<String>,
    /// `eventSource eventName` of the records behind it.
    pub events: BTreeSet<String>,
    /// Says whether every record of it is a data event.
    pub data_only: bool,
}

/// The resources of one type that an action was used on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeUsage {
    /// The resources that the records name.
    #[serde(default)]
    pub resources: ResourceSet,
    /// Allowed calls with parameters that name no resource of this type, though every call needs one.
    #[serde(default)]
    pub unnamed: u64,
}

/// A role handed to a service: evidence of `iam:PassRole`, which CloudTrail does not record itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PassedRole {
    /// ARN of the role (or instance profile) as the call named it.
    pub role_arn: String,
    /// `lambda.amazonaws.com`, when it is known.
    pub service: Option<String>,
    /// `eventSource eventName` that passed it.
    pub event: String,
}

/// Says how much was read, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanCounts {
    /// Log files read, damaged ones included.
    pub files: u64,
    /// The compressed bytes that were read.
    pub bytes: u64,
    /// Records of anybody.
    pub records: u64,
    /// Records of the principal inside the time range that count.
    pub matched: u64,
    /// Records that may be the principal's but could not be parsed.
    pub unparsable: u64,
    /// Matched records whose role is known by its name only.
    #[serde(default)]
    pub uncertain: u64,
    /// Records left out because another record of the same id was counted, or because a correction took their
    /// place.
    #[serde(default)]
    pub duplicates: u64,
    /// Corrections of records that had been counted too long before to be taken back: both are counted.
    #[serde(default)]
    pub late_corrections: u64,
    /// Number of damaged files: truncated, corrupt, not a log file.
    pub damaged: u64,
    /// The first of them by name, at most 20, each with its reason.
    pub damaged_files: BTreeMap<String, String>,
}

/// One call of the principal and what it needed, ready to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The event, as `eventSource eventName`.
    pub event: String,
    /// Says when the call was made.
    pub time: Timestamp,
    /// Region that it was made to.
    pub region: String,
    /// Says whether the call was refused.
    pub denied: bool,
    /// Says whether the call failed and the record has no parameters, as the record of a throttled call. What such a
    /// record lacks says nothing about the resources of calls of its kind.
    pub without_parameters: bool,
    /// Says whether the record is a data event.
    pub data: bool,
    /// The service that made it with the principal's forwarded permissions.
    pub called_via: Option<String>,
    /// `AIDA…` or `AROA…`, without the session's name.
    pub principal_id: Option<String>,
    /// Actions that it needed, each once; none when the event maps to no action.
    pub actions: Vec<CalledAction>,
    /// Roles that it handed to a service.
    pub passed_roles: Vec<PassedRole>,
}

impl Call {
    /// Returns the call that `record` reports, without the actions and resources that it needed.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Self {
        Self {
            event: format!("{} {}", record.event_source, record.event_name),
            time: record.event_time,
            region: record.aws_region.clone().into_owned(),
            denied: false,
            without_parameters: record.error_code.is_some() && record.request_parameters.is_null(),
            data: record.event_category.as_deref() == Some("Data"),
            called_via: record.called_via().map(str::to_owned),
            principal_id: record.principal_id().map(str::to_owned),
            actions: Vec::new(),
            passed_roles: Vec::new(),
        }
    }
}

/// An action that a call needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledAction {
    /// The action in the catalogue's spelling.
    pub action: String,
    /// Holds the resources that the action was needed on, as far as the record shows, each once.
    pub resources: Vec<Resource>,
    /// Types of which the record names no resource, though every call needs one: their first ARN formats.
    pub unnamed_types: Vec<String>,
}
