//! Holds IAM's service last accessed report, as policy generation keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// IAM's report on when the principal last used each service that its permissions policies could reach.
///
/// Source: IAM API reference, `GetServiceLastAccessedDetails`; kept with the job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastAccessedReport {
    /// One entry per service, used or not.
    pub services: Vec<ServiceLastAccessed>,
}

/// One service of a [`LastAccessedReport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLastAccessed {
    /// Prefix of the service's actions, `s3`.
    pub namespace: String,
    /// Latest attempt, denied ones included; `None` when there was none in the tracking period.
    #[serde(default)]
    pub last_authenticated: Option<Timestamp>,
    /// The actions are empty unless the report was made with granularity `ACTION_LEVEL` and IAM tracks actions of the
    /// service.
    #[serde(default)]
    pub tracked_actions: Vec<TrackedAction>,
}

/// One action of a [`ServiceLastAccessed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackedAction {
    /// `CreateBucket`, or with its prefix, `s3:CreateBucket`.
    pub name: String,
    /// The time of the latest attempt.
    #[serde(default)]
    pub last_accessed: Option<Timestamp>,
}
