//! A job stores its plan, the usage of each shard, and its result besides itself.
//!
//! Each is JSON with the version of its form: `{"version": 2, "value": …}`. The first form had no version and no
//! envelope. This release writes version 2, reads both, and refuses any other: a result of a newer release is not
//! understood in part, because a policy that lacks what was not understood would look whole.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::StoreError;
use trail::generation::Planned;
use trail::last_accessed::LastAccessedReport;
use trail::layout::Shard;
use trail::usage::Usage;

/// The form that this release writes.
const VERSION: u32 = 2;

/// Says why stored bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoredError {
    #[error("what the job stored cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("what the job stored has the form {0}, which a newer release writes")]
    Version(u32),
}

impl From<StoredError> for StoreError {
    fn from(error: StoredError) -> Self {
        Self::Unreadable(Box::new(error))
    }
}

/// A value that a job stores.
pub(super) trait Stored: Serialize + DeserializeOwned {
    /// The form of the first release.
    type First: DeserializeOwned;

    /// Returns the value of the first form.
    fn from_first(first: Self::First) -> Self;
}

#[derive(Serialize)]
struct Written<'v, T> {
    version: u32,
    value: &'v T,
}

#[derive(Deserialize)]
struct Read<T> {
    value: T,
}

#[derive(Deserialize)]
struct Version {
    version: Option<u32>,
}

/// Returns the bytes to store.
pub(super) fn to_bytes<T: Stored>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written {
        version: VERSION,
        value,
    })
}

/// Returns the value of stored bytes.
pub(super) fn from_bytes<T: Stored>(bytes: &[u8]) -> Result<T, StoredError> {
    match serde_json::from_slice::<Version>(bytes)?.version {
        None => Ok(T::from_first(serde_json::from_slice(bytes)?)),
        Some(VERSION) => Ok(serde_json::from_slice::<Read<T>>(bytes)?.value),
        Some(other) => Err(StoredError::Version(other)),
    }
}

/// Holds what a job will read.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Shards of log files, by number.
    pub(super) shards: Vec<PlannedShard>,
    /// Regions whose event history is read. Their numbers follow those of the shards.
    pub(super) event_history: Vec<String>,
    /// IAM's report on the principal, being made; `None` when IAM would not.
    pub(super) last_accessed_report: Option<String>,
    /// Says what was found.
    pub(super) planned: Planned,
}

impl Plan {
    /// Returns the number of parts. One worker reads each part.
    pub(super) fn parts(&self) -> u32 {
        u32::try_from(self.shards.len() + self.event_history.len()).unwrap_or(u32::MAX)
    }

    /// Returns the part of that number.
    pub(super) fn part(&self, number: u32) -> Option<Part<'_>> {
        let number = usize::try_from(number).ok()?;
        let region = || self.event_history.get(number.checked_sub(self.shards.len())?);
        self.shards
            .get(number)
            .map(Part::Shard)
            .or_else(|| region().map(|region| Part::EventHistory(region)))
    }
}

/// A part of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'p> {
    Shard(&'p PlannedShard),
    /// The event history of a Region.
    EventHistory(&'p str),
}

/// A shard and where its bucket is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PlannedShard {
    pub(super) shard: Shard,
    pub(super) bucket_region: String,
}

/// The first form of a plan.
#[derive(Debug, Deserialize)]
pub(super) struct FirstPlan {
    shards: Vec<PlannedShard>,
    last_accessed_report: Option<String>,
    unread: BTreeMap<String, String>,
}

impl Stored for Plan {
    type First = FirstPlan;

    fn from_first(first: FirstPlan) -> Self {
        let planned = Planned {
            files: first.shards.iter().map(|planned| planned.shard.files).sum(),
            bytes: first.shards.iter().map(|planned| planned.shard.bytes).sum(),
            unread: first.unread,
            ..Planned::default()
        };
        Self {
            shards: first.shards,
            last_accessed_report: first.last_accessed_report,
            planned,
            ..Self::default()
        }
    }
}

impl Stored for Usage {
    type First = Self;

    fn from_first(first: Self) -> Self {
        first.with_types()
    }
}

/// The neutral result of a job: the flags of a read decide how it is rendered.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct JobResult {
    pub(super) usage: Usage,
    pub(super) last_accessed: Option<LastAccessedReport>,
    pub(super) planned: Planned,
}

/// The first form of a result.
#[derive(Debug, Deserialize)]
pub(super) struct FirstResult {
    usage: Usage,
    last_accessed: Option<LastAccessedReport>,
    unread: BTreeMap<String, String>,
}

impl Stored for JobResult {
    type First = FirstResult;

    fn from_first(first: FirstResult) -> Self {
        let planned = Planned {
            unread: first.unread,
            ..Planned::default()
        };
        Self {
            usage: first.usage.with_types(),
            last_accessed: first.last_accessed,
            planned,
        }
    }
}

#[cfg(test)]
mod tests;
