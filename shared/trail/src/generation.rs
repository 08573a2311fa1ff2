//! A generation holds what one policy generation asked for and found out: the input of everything that is written from
//! it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalogue::{self, PASS_ROLE};
use crate::identities::Identities;
use crate::last_accessed::LastAccessedReport;
use crate::principal::Principal;
use crate::usage::{ActionUsage, Usage};

/// Holds what a plan found to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Says when the log files were listed; `None` for a plan of a release that did not note it.
    #[serde(default)]
    pub listed_at: Option<Timestamp>,
    /// Number of log files.
    #[serde(default)]
    pub files: u64,
    /// Their bytes as stored.
    #[serde(default)]
    pub bytes: u64,
    /// Says where log files were looked for, each as `bucket/prefix`.
    #[serde(default)]
    pub prefixes: BTreeSet<String>,
    /// Trails of an organization whose bucket has no folder of an organization for the account.
    #[serde(default)]
    pub without_organization: BTreeSet<String>,
    /// Says whether the event history was read, because the request names no trail.
    #[serde(default)]
    pub event_history: bool,
    /// Regions, days or files that were asked for but not listed or not read, each with the reason.
    #[serde(default)]
    pub unread: BTreeMap<String, String>,
}

/// Says how long after a call its log file may be expected.
///
/// Source: CloudTrail user guide, "Getting and viewing your CloudTrail log files": within about 5 minutes on average,
/// which is not guaranteed; three times as long is taken for late.
pub const DELIVERY: SignedDuration = SignedDuration::from_mins(15);

/// One policy generation whose log files are read.
#[derive(Debug, Clone, Copy)]
pub struct Generation<'a> {
    /// Holds the principal whose calls were searched for.
    pub principal: &'a Principal,
    /// First instant of the time range.
    pub start: Timestamp,
    /// Last instant of the time range.
    pub end: Timestamp,
    /// Holds what the principal was seen doing.
    pub usage: &'a Usage,
    /// IAM's service last accessed report; `None` when it could not be obtained.
    pub last_accessed: Option<&'a LastAccessedReport>,
    /// Holds what else is known of users, roles and instance profiles.
    pub identities: &'a Identities,
    /// Holds what was planned to be read.
    pub planned: &'a Planned,
    /// Says which of the calls seen enter the policy.
    pub content: Content,
}

/// Says which of the calls seen enter the policy. It is a setting of the deployment, not of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Keep actions that were seen in data events only. AWS drops them.
    pub data_events: bool,
    /// Keep actions whose every call was denied. AWS keeps them.
    pub denied_calls: bool,
    /// Keep actions that AWS does not flag as supported by its policy generation. AWS drops them.
    pub unsupported_actions: bool,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            data_events: true,
            denied_calls: true,
            unsupported_actions: true,
        }
    }
}

impl<'a> Generation<'a> {
    /// Returns the actions that enter the policy, in ASCII order.
    ///
    /// `iam:PassRole` never does: CloudTrail does not record it, and the compatible policy holds nothing that is
    /// inferred. Actions that the catalogue does not know are never emitted.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (&'a str, &'a ActionUsage)> + use<'a> {
        let content = self.content;
        self.identified_actions()
            .filter(move |(_, usage)| content.denied_calls || !usage.only_denied())
    }

    /// Returns the actions of [`Self::actions`] and those that were left out because every call was denied. No service
    /// of these actions needs a wildcard.
    pub(crate) fn identified_actions(&self) -> impl Iterator<Item = (&'a str, &'a ActionUsage)> + use<'a> {
        let content = self.content;
        self.usage
            .actions
            .iter()
            .map(|(action, usage)| (action.as_str(), usage))
            .filter(move |(action, usage)| {
                *action != PASS_ROLE
                    && (content.data_events || !usage.data_only)
                    && catalogue::action(action).is_some_and(|known| {
                        content.unsupported_actions || known.is_supported_by_policy_generation()
                    })
            })
    }
}

impl ActionUsage {
    /// Returns whether every call was denied.
    #[must_use]
    pub fn only_denied(&self) -> bool {
        self.calls.denied > 0 && self.calls.denied >= self.calls.calls
    }
}
