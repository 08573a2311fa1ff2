//! Holds the members of the comparison, as they are written.

use std::fmt;

use serde::Serialize;

/// Compares what the policies in force allow with what was used and with what is proposed.
///
/// Lists are in ASCII order of their first member; the same input gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Says how many actions the policies in force allow after all layers.
    pub effective_actions: usize,
    /// Says how many of them were used in the time range. Calls that were denied count, too.
    pub used_actions: usize,
    /// The effective actions that were never used in the time range.
    pub unused_actions: Vec<String>,
    /// The effective actions that no record shows, and whose use the log files need not show. The proposed policy does not
    /// hold them either.
    pub unknown_uses: Vec<UnknownUse>,
    /// The policies in force, and how much of each was used.
    pub policies: Vec<PolicyUse>,
    /// Says what the proposed policy changes for each action that was used.
    pub differences: Vec<Difference>,
}

/// Actions of one service that may have been used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnknownUse {
    /// Prefix of the service's actions.
    pub service: String,
    /// Says why the use is not known.
    pub reason: UnknownReason,
    /// The same in words.
    pub message: String,
    /// The actions of the statement.
    pub actions: Vec<String>,
}

/// Says why the use of an action that no record shows is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnknownReason {
    /// IAM's report knows of a use that no record shows.
    LastAccessedReport,
    /// The service was used, and the log files do not show by which actions.
    ServiceWithoutActions,
    /// The calls are logged as data events only, and no data event of the service was read.
    NoDataEvents,
    /// No API operation is known that needs the action, so that no record is known to show it.
    NoOperation,
}

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastAccessedReport => {
                "the last accessed report of IAM knows of a use that the log files do not show"
            }
            Self::ServiceWithoutActions => {
                "the service was used, but the log files do not show by which actions"
            }
            Self::NoDataEvents => {
                "the calls are logged as data events only, and no data event of the service was read"
            }
            Self::NoOperation => {
                "no API operation is known that needs the action, so that no record shows it"
            }
        })
    }
}

/// A policy in force and how much of it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyUse {
    /// Name of the policy.
    pub name: String,
    /// The id as the permission search shows it; the ARN of a managed policy.
    pub id: String,
    /// The kind as the permission search shows it.
    #[serde(rename = "type")]
    pub kind: String,
    /// ARN of the user, group or role that holds it.
    pub held_by: String,
    /// Says how many actions the policy allows after all layers.
    pub effective_actions: usize,
    /// Says how many of these actions were used.
    pub used_actions: usize,
    /// Says how many of these actions were never used. The other actions may have been used.
    pub unused_actions: usize,
}

/// An action that was used, in force and proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The action in the catalogue's spelling.
    pub action: String,
    /// Says what the proposed policy changes.
    pub change: Change,
    /// Says whether the policies in force allow the action only in part, or only under a condition. The proposed policy
    /// has no condition.
    pub is_limited: bool,
    /// ARN patterns on which it is allowed now.
    pub in_force: Vec<String>,
    /// ARN patterns on which the proposed policies allow it.
    pub proposed: Vec<String>,
    /// Says whether one of the lists was cut.
    pub more_resources: bool,
}

/// Says what the proposed policy changes for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Change {
    /// The action is allowed on the same resources.
    None,
    /// The action is allowed on fewer resources.
    Narrowed,
    /// The action is allowed on more resources.
    Widened,
    /// The action is allowed on other resources: some are gone and some are new, or it is not known which.
    Moved,
    /// The action is not allowed any more, because every call was denied.
    Removed,
    /// The policies in force do not allow it.
    Added,
}
