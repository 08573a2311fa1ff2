//! Decides whether a generated policy can be taken for the whole of what the principal needs.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::actions::needs_no_action;
use crate::catalogue;
use crate::generation::{DELIVERY, Generation};
use crate::service_level;

/// Services whose data plane CloudTrail logs as data events only, by action prefix: without such events in a
/// trail, use of these services stays unseen.
///
/// Source: CloudTrail user guide, "Logging data events".
pub const DATA_EVENT_SERVICES: [&str; 44] = [
    "appconfig",
    "appsync",
    "bedrock",
    "cassandra",
    "cloudfront-keyvaluestore",
    "cloudtrail-data",
    "cloudwatch",
    "codewhisperer",
    "cognito-identity",
    "deadline",
    "dynamodb",
    "ebs",
    "geo",
    "iot",
    "iotsitewise",
    "iottwinmaker",
    "kendra-ranking",
    "kinesis",
    "kinesisvideo",
    "lambda",
    "managedblockchain",
    "medical-imaging",
    "mobiletargeting",
    "neptune-graph",
    "one",
    "payment-cryptography",
    "pca-connector-ad",
    "qapps",
    "qbusiness",
    "rds-data",
    "rum",
    "s3",
    "s3-outposts",
    "s3express",
    "s3tables",
    "sagemaker",
    "scn",
    "servicediscovery",
    "sns",
    "sqs",
    "swf",
    "timestream",
    "verifiedpermissions",
    "xray",
];

/// Says why a policy may lack actions that the principal needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "code",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Gap {
    /// A region, day or file was asked for, but not listed or not read.
    NotRead {
        /// The region, day or file.
        place: String,
        /// Says what went wrong.
        reason: String,
    },
    /// The trail has no log file of the account in the time range.
    NoLogFiles {
        /// Says where log files were looked for, each as `bucket/prefix`.
        prefixes: BTreeSet<String>,
    },
    /// No record of the time range is the principal's.
    NoRecordOfPrincipal {
        /// The principals whose ARNs are most like it, the most like first; of a sample of the records.
        nearest: Vec<String>,
    },
    /// Some of the log files that were listed were not read.
    FewerFilesThanPlanned {
        /// The listed files.
        planned: u64,
        /// The read files.
        read: u64,
    },
    /// The log files were listed so soon after the end of the time range that some may have come later.
    LateFiles {
        /// Says when the log files were listed.
        listed_at: Timestamp,
    },
    /// The trail is an organization's, and its bucket has no folder of an organization for this account. The folder of
    /// the account was read, which such a trail wrote only before it was the organization's.
    OrganizationLayout {
        /// The ARN of the trail.
        trail: String,
    },
    /// The event history was read in place of a trail. It has no data events.
    EventHistory,
    /// Files that are truncated, corrupt or no log files.
    DamagedFiles {
        /// The number of files.
        files: u64,
    },
    /// Records that may be the principal's, but could not be parsed.
    UnparsableRecords {
        /// The number of records.
        records: u64,
    },
    /// The log files show more actions, events or roles than are kept.
    TooManyEntries,
    /// An event that maps to no action, though it may need one.
    UnmappedEvent {
        /// The event, as `eventSource eventName`.
        event: String,
        /// Records of it.
        calls: u64,
    },
    /// An action that the catalogue no longer knows, and that is therefore left out.
    UnknownAction {
        /// The name of the action.
        action: String,
    },
    /// IAM's service last accessed report could not be obtained.
    NoLastAccessedReport,
    /// A service was used according to IAM's report, but the log files show no action of it.
    ServiceWithoutActions {
        /// Prefix of the service.
        service: String,
    },
    /// The principal may reach a service whose data plane is logged as data events only, and none was read.
    NoDataEvents {
        /// Prefix of the service.
        service: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead { place, reason } => write!(to, "`{place}` was not read: {reason}"),
            Self::NoLogFiles { prefixes } => {
                let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
                write!(
                    to,
                    "no log file of the time range is under {}: check the account, the regions, the time range, and \
                     the key prefix of the trail",
                    prefixes.join(", ")
                )
            }
            Self::NoRecordOfPrincipal { nearest } if nearest.is_empty() => write!(
                to,
                "no record of the time range is the principal's: check the spelling of its ARN and the time range"
            ),
            Self::NoRecordOfPrincipal { nearest } => write!(
                to,
                "no record of the time range is the principal's: check the spelling of its ARN; the most similar \
                 principals with records are {}",
                nearest.join(", ")
            ),
            Self::FewerFilesThanPlanned { planned, read } => {
                write!(
                    to,
                    "{read} of {planned} log files were read: start another generation"
                )
            }
            Self::LateFiles { listed_at } => write!(
                to,
                "the log files were listed at {listed_at}, before CloudTrail had delivered all of the time range: \
                 start another generation later, or end the time range earlier"
            ),
            Self::OrganizationLayout { trail } => write!(
                to,
                "`{trail}` is the trail of an organization, but its bucket has no folder of an organization with log \
                 files of this account: only the folder of the account was read"
            ),
            Self::EventHistory => write!(
                to,
                "the event history was read, which holds management events only: name a trail to read data events"
            ),
            Self::DamagedFiles { files } => write!(to, "damaged log files: {files}"),
            Self::UnparsableRecords { records } => {
                write!(
                    to,
                    "records that may be the principal's but could not be parsed: {records}"
                )
            }
            Self::TooManyEntries => write!(to, "more actions, events or roles were seen than are kept"),
            Self::UnmappedEvent { event, calls } => write!(to, "`{event}` maps to no action, calls: {calls}"),
            Self::UnknownAction { action } => write!(to, "the catalogue does not know `{action}`"),
            Self::NoLastAccessedReport => {
                write!(
                    to,
                    "the service last accessed report of IAM could not be obtained"
                )
            }
            Self::ServiceWithoutActions { service } => {
                write!(
                    to,
                    "`{service}` was used, but the log files do not tell by which action"
                )
            }
            Self::NoDataEvents { service } => {
                write!(
                    to,
                    "the data plane of `{service}` is logged as data events only, and none was read"
                )
            }
        }
    }
}

/// Returns everything that keeps the policy from being complete, in a stable order; nothing when the policy is
/// complete.
///
/// The rule is strict on purpose: a gap that may be harmless is a gap. A service counts as reachable when it is
/// in the last accessed report at all, since the report lags behind by hours.
#[must_use]
pub fn gaps(generation: &Generation<'_>) -> Vec<Gap> {
    let usage = generation.usage;
    let reading = &usage.reading;
    let planned = generation.planned;
    let not_read = planned
        .unread
        .iter()
        .chain(&usage.unread)
        .map(|(place, reason)| Gap::NotRead {
            place: place.clone(),
            reason: reason.clone(),
        });
    let damaged = (reading.damaged > 0).then_some(Gap::DamagedFiles {
        files: reading.damaged,
    });
    let unparsable = (reading.unparsable > 0).then_some(Gap::UnparsableRecords {
        records: reading.unparsable,
    });
    let too_many = usage.more_entries.then_some(Gap::TooManyEntries);
    let unmapped = usage.unmapped.iter();
    let unmapped = unmapped
        .filter(|(event, _)| !needs_no_action(event))
        .map(|(event, calls)| Gap::UnmappedEvent {
            event: event.clone(),
            calls: calls.calls,
        });
    let unknown = usage
        .actions
        .keys()
        .filter(|action| catalogue::action(action).is_none())
        .map(|action| Gap::UnknownAction {
            action: action.clone(),
        });
    source_gaps(generation)
        .into_iter()
        .chain(not_read)
        .chain(damaged)
        .chain(unparsable)
        .chain(too_many)
        .chain(unmapped)
        .chain(unknown)
        .chain(service_gaps(generation))
        .collect()
}

/// Returns whether nothing is missing: `isComplete` of the reply.
#[must_use]
pub fn is_complete(generation: &Generation<'_>) -> bool {
    gaps(generation).is_empty()
}

/// Returns what the log files, or their absence, leave out.
fn source_gaps(generation: &Generation<'_>) -> Vec<Gap> {
    let (planned, usage) = (generation.planned, generation.usage);
    let mut gaps = Vec::new();
    let has_prefixes = !planned.prefixes.is_empty();
    if has_prefixes && usage.reading.files == 0 {
        let prefixes = planned.prefixes.clone();
        gaps.push(Gap::NoLogFiles { prefixes });
    } else if usage.reading.matched == 0 {
        let nearest = usage.nearest_principals.iter();
        let nearest = nearest.map(|(_, arn)| arn.clone()).collect();
        gaps.push(Gap::NoRecordOfPrincipal { nearest });
    }
    if usage.reading.files < planned.files {
        gaps.push(Gap::FewerFilesThanPlanned {
            planned: planned.files,
            read: usage.reading.files,
        });
    }
    if let Some(listed_at) = planned.listed_at
        && listed_at.duration_since(generation.end) < DELIVERY
    {
        gaps.push(Gap::LateFiles { listed_at });
    }
    let trails = planned.without_organization.iter();
    gaps.extend(trails.map(|trail| Gap::OrganizationLayout { trail: trail.clone() }));
    gaps.extend(planned.event_history.then_some(Gap::EventHistory));
    gaps
}

fn service_gaps(generation: &Generation<'_>) -> Vec<Gap> {
    let without_actions = service_level::candidates(generation)
        .into_keys()
        .map(|service| Gap::ServiceWithoutActions { service });
    let Some(report) = generation.last_accessed else {
        return std::iter::once(Gap::NoLastAccessedReport)
            .chain(without_actions)
            .collect();
    };
    let reachable: BTreeSet<String> = report
        .services
        .iter()
        .map(|service| service.namespace.to_ascii_lowercase())
        .collect();
    let unseen = reachable
        .into_iter()
        .filter(|service| DATA_EVENT_SERVICES.contains(&service.as_str()))
        .filter(|service| {
            generation
                .usage
                .data_records
                .get(service)
                .is_none_or(|records| *records == 0)
        })
        .map(|service| Gap::NoDataEvents { service });
    without_actions.chain(unseen).collect()
}

#[cfg(test)]
mod tests;
