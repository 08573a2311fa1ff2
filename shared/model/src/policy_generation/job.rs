//! A policy generation as it is stored.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CloudTrailDetails, PrincipalArn};

/// Id of a policy generation: a lower-case UUID, version 7, whose order is that of the start times.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// Returns the id that a caller names. Clients may send any text; `None` when no job can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = Uuid::try_parse(text).ok()?;
        (id.hyphenated().to_string() == text).then(|| Self(text.to_owned()))
    }

    /// Returns the least id of a job started at `time`; ids of earlier jobs are less.
    #[must_use]
    pub fn first_at(time: Timestamp) -> Self {
        let milliseconds = u64::try_from(time.as_millisecond()).unwrap_or(0);
        let bits = u128::from(milliseconds & 0xffff_ffff_ffff) << 80;
        Self(Uuid::from_u128(bits).hyphenated().to_string())
    }

    /// Returns the text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for JobId {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says how far a job is. The last three are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// Being planned, scanned or composed.
    InProgress,
    /// The policy can be read.
    Succeeded,
    /// See the error.
    Failed,
    /// The caller canceled the job.
    Canceled,
}

/// Says why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Kind of failure.
    pub code: JobErrorCode,
    /// A message for people.
    pub message: String,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobErrorCode {
    /// The access role could not be assumed, or may not read the trail, its bucket or its key.
    AuthorizationError,
    /// The trail, its bucket or the principal does not exist.
    ResourceNotFoundError,
    /// A limit on log files or bytes.
    ServiceQuotaExceededError,
    /// The job failed for another reason.
    ServiceError,
}

/// A policy generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The id of the job.
    pub job_id: JobId,
    /// The principal that the policy is for.
    pub principal_arn: PrincipalArn,
    /// Says from which logs the policy is generated.
    pub cloud_trail_details: CloudTrailDetails,
    /// The status as stored. Ask [`Job::status_at`] instead, which knows the deadline.
    pub status: JobStatus,
    /// Says when it was started, whole seconds.
    pub started_on: Timestamp,
    /// Says when it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_on: Option<Timestamp>,
    /// A job that is in progress after this instant has failed.
    pub deadline: Timestamp,
    /// Says why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_error: Option<JobError>,
    /// Number of shards, once they are planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<u32>,
    /// Numbers of the shards that are scanned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scanned: Vec<u32>,
}

impl Job {
    /// Returns the status at `now`: nothing is in progress after its deadline, whatever became of its workers.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> JobStatus {
        if self.is_overdue(now) {
            JobStatus::Failed
        } else {
            self.status
        }
    }

    /// Returns when the job ended, as seen at `now`.
    #[must_use]
    pub fn completed_on_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_overdue(now) {
            Some(self.deadline)
        } else {
            self.completed_on
        }
    }

    /// Returns why the job failed, as seen at `now`.
    #[must_use]
    pub fn error_at(&self, now: Timestamp) -> Option<JobError> {
        if self.is_overdue(now) {
            let message = "The policy generation did not end in time.".to_owned();
            return Some(JobError {
                code: JobErrorCode::ServiceError,
                message,
            });
        }
        self.job_error.clone()
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == JobStatus::InProgress && now > self.deadline
    }

    /// Returns true when all planned shards are scanned.
    #[must_use]
    pub fn is_scanned(&self) -> bool {
        self.shards
            .is_some_and(|shards| usize::try_from(shards).is_ok_and(|shards| self.scanned.len() >= shards))
    }
}
