//! Scanning a shard; after the last one the job is composed and closed.

use std::pin::pin;
use std::time::Duration;

use api::stream::Change;
use aws::{AccessError, Bucket, Session};
use futures::StreamExt;
use model::account::AccountId;
use model::policy_generation::Job;
use store::policy_generations::Outcome;
use trail::actions;
use trail::principal::{Principal, TimeRange};
use trail::record::Record;
use trail::scan::{File, Scanner, Services, Wanted};
use trail::service_level::LastAccessedReport;
use trail::usage::{Call, Usage};

use super::generated::Learnt;
use super::plan_policy_generation::{Plan, PlannedShard, session_name};
use super::step::{self, State, StepError};

/// Files fetched ahead of the scanner, so that it waits for none.
const AHEAD: usize = 8;
/// Larger files are streamed instead of fetched ahead: with eight of these in memory and the scanner's own window
/// a worker stays below 64 MiB, whatever it reads.
const LARGEST_AHEAD: u64 = 4 * 1024 * 1024;
/// IAM makes its report within seconds. It was asked for before the scan began.
const REPORT_PAUSES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Scans the shard that was inserted. May be repeated: what a shard told is replaced, and it is counted once.
///
/// # Errors
/// [`StepError::Transient`] when it should be delivered again.
pub async fn handle(state: &State, change: Change) -> Result<(), StepError> {
    let Some((account, id)) = step::subject(&change) else {
        return Ok(());
    };
    let Some(number) = shard_number(&change) else {
        return Ok(());
    };
    step::run(state, (&account, &id), &format!("shard-{number}"), async |job| {
        let Some(plan) = state.table.plan(&account, &id).await? else {
            return Ok(());
        };
        let plan: Plan = serde_json::from_slice(&plan)?;
        let Some(planned) = usize::try_from(number)
            .ok()
            .and_then(|number| plan.shards.get(number))
        else {
            return Ok(());
        };
        if !job.scanned.contains(&number) {
            let usage = scan(state, &job, planned).await?;
            let now = (state.clock)();
            state
                .table
                .put_usage(&account, &id, number, &serde_json::to_vec(&usage)?, now)
                .await?;
        }
        match state.table.mark_scanned(&account, &id, number).await? {
            Some(job) if job.is_scanned() => finish(state, &account, &job, plan).await,
            _ => Ok(()),
        }
    })
    .await
}

fn shard_number(change: &Change) -> Option<u32> {
    change.new_image()?.get("shard")?.get("N")?.as_str()?.parse().ok()
}

async fn scan(state: &State, job: &Job, planned: &PlannedShard) -> Result<Usage, StepError> {
    let details = &job.cloud_trail_details;
    let session = state
        .access
        .assume(details.access_role.as_str(), session_name(&job.job_id))
        .await?;
    let bucket = session
        .bucket(&planned.shard.bucket, &planned.bucket_region)
        .await?;
    let wanted = Wanted {
        principal: Principal::parse(job.principal_arn.as_str())?,
        time: TimeRange {
            start: details.start_time,
            end: details.end_time,
        },
        services: if planned.shard.global_services_only {
            Services::GlobalOnly
        } else {
            Services::All
        },
    };
    let mut scanner = Scanner::new(wanted, actions::understand);
    let mut listing = bucket.list_shard(&planned.shard);
    while let Some(page) = listing.next_page().await? {
        let files = page.into_iter().filter(|(key, _)| planned.shard.holds(key));
        let mut fetched =
            pin!(futures::stream::iter(files.map(|(key, size)| fetch(&bucket, key, size))).buffered(AHEAD));
        while let Some((key, content)) = fetched.next().await {
            let mut file = scanner.file(&key);
            match content {
                Ok(Some(bytes)) => {
                    file.feed(&bytes);
                    finished(file, &key);
                }
                Ok(None) => stream(&bucket, &key, file).await?,
                Err(error) => missing(file, error)?,
            }
        }
    }
    Ok(scanner.finish())
}

/// A file and its bytes; `None` for one that is to be streamed.
async fn fetch(bucket: &Bucket, key: String, size: u64) -> (String, Result<Option<Vec<u8>>, AccessError>) {
    if size > LARGEST_AHEAD {
        return (key, Ok(None));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let read = bucket.read(&key, |chunk| bytes.extend_from_slice(chunk)).await;
    (key, read.map(|_| Some(bytes)))
}

async fn stream<F: FnMut(&Record<'_>) -> Call>(
    bucket: &Bucket,
    key: &str,
    mut file: File<'_, F>,
) -> Result<(), StepError> {
    match bucket.read(key, |chunk| file.feed(chunk)).await {
        Ok(_) => {
            finished(file, key);
            Ok(())
        }
        Err(error) => missing(file, error),
    }
}

fn finished<F: FnMut(&Record<'_>) -> Call>(file: File<'_, F>, key: &str) {
    if let Err(damage) = file.finish() {
        tracing::warn!(file = key, "log file `{key}` is damaged: {damage}");
    }
}

/// A file that was listed and is gone (a lifecycle rule, say) is reported with the result; other failures are the
/// step's.
fn missing<F: FnMut(&Record<'_>) -> Call>(file: File<'_, F>, error: AccessError) -> Result<(), StepError> {
    match error {
        AccessError::NotFound { .. } => {
            file.give_up("it was removed before it was read");
            Ok(())
        }
        error @ (AccessError::Denied { .. }
        | AccessError::Throttled { .. }
        | AccessError::Unavailable { .. }) => {
            file.give_up("it could not be read");
            Err(error.into())
        }
    }
}

/// Merges what all shards told, stores it and closes the job. Of several workers that get here one succeeds, and
/// all of them would have stored the same.
pub(super) async fn finish(
    state: &State,
    account: &AccountId,
    job: &Job,
    plan: Plan,
) -> Result<(), StepError> {
    let mut usage = Usage::default();
    for shard in state.table.usages(account, &job.job_id).await? {
        usage.merge(serde_json::from_slice(&shard)?);
    }
    let last_accessed = last_accessed(state, job, plan.last_accessed_report).await;
    let learnt = Learnt {
        usage,
        last_accessed,
        unread: plan.unread,
    };
    let now = (state.clock)();
    state
        .table
        .put_result(account, &job.job_id, &serde_json::to_vec(&learnt)?, now)
        .await?;
    state
        .table
        .close(account, &job.job_id, &Outcome::Succeeded, now)
        .await?;
    let (id, records, matched) = (
        &job.job_id,
        learnt.usage.reading.records,
        learnt.usage.reading.matched,
    );
    tracing::info!(job.id = %id, records, matched, "job `{id}` has read {records} records, {matched} of the principal");
    Ok(())
}

/// IAM's report; without it the policy is written all the same, and says that it is not complete.
async fn last_accessed(state: &State, job: &Job, report: Option<String>) -> Option<LastAccessedReport> {
    let report = report?;
    let role = job.cloud_trail_details.access_role.as_str();
    let read = async |session: Session| {
        for pause in REPORT_PAUSES {
            if let Some(report) = session.last_accessed_report(&report).await? {
                return Ok(Some(report));
            }
            tokio::time::sleep(pause).await;
        }
        Ok::<_, AccessError>(None)
    };
    match state.access.assume(role, session_name(&job.job_id)).await {
        Ok(session) => read(session).await,
        Err(error) => Err(error),
    }
    .unwrap_or_else(|error| {
        tracing::info!(job.id = %job.job_id, "no last accessed report: {error}");
        None
    })
}
