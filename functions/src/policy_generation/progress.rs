//! Says how far a job is, or was when it ended.

use api::policy_generation::Error;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::policy_generation::{Job, JobStatus};
use serde::{Deserialize, Serialize};
use store::{PolicyGenerations, StoreError};
use trail::usage::ScanCounts;

use super::stored::{self, Part, Plan};

/// Says how far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress {
    /// Log files of the plan; `None` while the log files are listed.
    files_planned: Option<u64>,
    /// Their bytes as stored.
    bytes_planned: Option<u64>,
    /// Parts of the plan, each of which one worker reads.
    parts_planned: Option<u32>,
    /// Parts that were read.
    parts_read: u32,
    /// Log files that were read, of parts that were read to their end.
    files_read: u64,
    /// Bytes that were read.
    bytes_read: u64,
    /// Records that were read.
    records: u64,
    /// Records of the principal.
    matched: u64,
    /// Says when the job may end, if the rest is read as fast; only for a job in progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_end: Option<Timestamp>,
}

/// The counts of a usage, without the rest of it.
#[derive(Debug, Default, Deserialize)]
struct Counts {
    reading: ScanCounts,
}

#[derive(Debug, Deserialize)]
struct Envelope {
    value: Counts,
}

impl Progress {
    /// Returns how far the job is at `now`.
    ///
    /// # Errors
    /// [`Error::Internal`] and the like, when the table cannot be read.
    pub(super) async fn load(
        table: &PolicyGenerations,
        account: &AccountId,
        job: &Job,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let plan = table.plan(account, &job.job_id).await?;
        let plan: Option<Plan> = plan
            .map(|plan| stored::from_bytes(&plan))
            .transpose()
            .map_err(StoreError::from)?;
        let mut counts = Vec::new();
        for usage in table.usages(account, &job.job_id).await? {
            // A usage of the first form has no envelope.
            let read = serde_json::from_slice::<Envelope>(&usage).map(|envelope| envelope.value);
            let read = read.or_else(|_| serde_json::from_slice::<Counts>(&usage));
            counts.push(
                read.map_err(|error| StoreError::Unreadable(Box::new(error)))?
                    .reading,
            );
        }
        Ok(Self::of(job, plan.as_ref(), &counts, now))
    }

    fn of(job: &Job, plan: Option<&Plan>, counts: &[ScanCounts], now: Timestamp) -> Self {
        let sum = |count: fn(&ScanCounts) -> u64| counts.iter().map(count).fold(0, u64::saturating_add);
        let mut progress = Self {
            files_planned: plan.map(|plan| plan.planned.files),
            bytes_planned: plan.map(|plan| plan.planned.bytes),
            parts_planned: plan.map(Plan::parts),
            parts_read: u32::try_from(job.scanned.len()).unwrap_or(u32::MAX),
            files_read: sum(|counts| counts.files),
            bytes_read: sum(|counts| counts.bytes),
            records: sum(|counts| counts.records),
            matched: sum(|counts| counts.matched),
            estimated_end: None,
        };
        if job.status_at(now) == JobStatus::InProgress {
            progress.estimated_end = plan.and_then(|plan| progress.estimate(job, plan, now));
        }
        progress
    }

    /// Estimates when the job ends. The parts that are not read yet are taken to need as long for each byte as those
    /// that are read. The event history has no size, so that there is no estimate.
    fn estimate(&self, job: &Job, plan: &Plan, now: Timestamp) -> Option<Timestamp> {
        let is_log = |number: &u32| matches!(plan.part(*number), Some(Part::Shard(_)));
        let read: u64 = job
            .scanned
            .iter()
            .filter(|number| is_log(number))
            .filter_map(|number| match plan.part(*number) {
                Some(Part::Shard(planned)) => Some(planned.shard.bytes),
                Some(Part::EventHistory(_)) | None => None,
            })
            .fold(0, u64::saturating_add);
        let planned = u128::from(self.bytes_planned?);
        if read == 0 || !plan.event_history.is_empty() {
            return None;
        }
        let elapsed = u128::try_from(now.duration_since(job.started_on).as_secs()).ok()?;
        let whole = elapsed.saturating_mul(planned) / u128::from(read);
        let whole = SignedDuration::from_secs(i64::try_from(whole).ok()?);
        let end = job.started_on.checked_add(whole).ok()?;
        Some(end.max(now).min(job.deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(scanned: &[u32]) -> Job {
        let details = serde_json::json!({
            "jobId": "01890a5d-ac96-774b-bcce-b302099a8057",
            "principalArn": "arn:aws:iam::111122223333:role/r",
            "cloudTrailDetails": {
                "trails": [],
                "accessRole": "arn:aws:iam::111122223333:role/reader",
                "startTime": "2026-03-01T00:00:00Z",
                "endTime": "2026-03-02T00:00:00Z",
            },
            "status": "IN_PROGRESS",
            "startedOn": "2026-03-02T00:00:00Z",
            "deadline": "2026-03-02T06:00:00Z",
            "scanned": scanned,
        });
        serde_json::from_value(details).unwrap()
    }

    fn plan(bytes: &[u64]) -> Plan {
        let shards: Vec<_> = bytes
            .iter()
            .map(|bytes| {
                serde_json::json!({"bucket_region": "us-east-1", "shard": {
                    "bucket": "b", "prefix": "p", "start_after": "a", "last_key": "z",
                    "files": 1, "bytes": bytes, "global_services_only": false}})
            })
            .collect();
        let first = serde_json::json!({"shards": shards, "last_accessed_report": null, "unread": {}});
        stored::from_bytes(first.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_end_is_estimated_by_the_bytes_that_are_left() {
        let now = "2026-03-02T00:01:00Z".parse().unwrap();
        let counts = [ScanCounts {
            files: 1,
            bytes: 100,
            records: 7,
            matched: 2,
            ..ScanCounts::default()
        }];
        let progress = Progress::of(&job(&[0]), Some(&plan(&[100, 300])), &counts, now);
        assert_eq!(
            progress.estimated_end,
            Some("2026-03-02T00:04:00Z".parse().unwrap())
        );
        assert_eq!(
            (progress.files_planned, progress.files_read, progress.matched),
            (Some(2), 1, 2)
        );
        assert_eq!((progress.parts_planned, progress.parts_read), (Some(2), 1));
    }

    #[test]
    fn before_the_plan_nothing_is_known() {
        let now = "2026-03-02T00:01:00Z".parse().unwrap();
        let progress = Progress::of(&job(&[]), None, &[], now);
        assert_eq!((progress.files_planned, progress.estimated_end), (None, None));
    }
}
