//! Scans a part of a plan. After the last part, the job is finished.

use std::pin::pin;
use std::time::{Duration, Instant};

use api::Metric;
use api::stream::Change;
use aws::{AccessError, Bucket};
use futures::StreamExt;
use model::policy_generation::Job;
use trail::actions;
use trail::principal::{Kind, Principal};
use trail::record::Record;
use trail::scan::{File, Scanner, Services, Wanted};
use trail::usage::{Call, Usage};

use super::finish::finish;
use super::step::{self, State, StepError};
use super::stored::{self, Part, Plan, PlannedShard};

/// Files fetched ahead of the scanner, so that it waits for none.
const AHEAD: usize = 8;
/// Larger files are streamed instead of fetched ahead: with eight of these in memory and the scanner's own window
/// a worker stays below 64 MiB, whatever it reads.
const LARGEST_AHEAD: u64 = 4 * 1024 * 1024;
/// Shortest time between two pages of an event history.
///
/// Source: CloudTrail API reference, `LookupEvents`: two requests per second, per account, per Region.
const PAGE_PAUSE: Duration = Duration::from_millis(500);
/// Longest time for the event history of a Region, well below Lambda's fifteen minutes. It reads about 70,000 events.
const EVENT_HISTORY: Duration = Duration::from_mins(12);

/// Scans the shard that was inserted. May be repeated: what a part showed is replaced, and it is counted once.
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
        let plan: Plan = stored::from_bytes(&plan)?;
        let Some(part) = plan.part(number) else {
            return Ok(());
        };
        if !job.scanned.contains(&number) {
            let usage = match part {
                Part::Shard(planned) => scan(state, &job, planned).await?,
                Part::EventHistory(region) => scan_event_history(state, &job, region).await?,
            };
            api::measure(Metric::Files, usage.reading.files);
            api::measure(Metric::Bytes, usage.reading.bytes);
            let now = (state.clock)();
            state
                .table
                .put_usage(&account, &id, number, &stored::to_bytes(&usage)?, now)
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
    let session = step::session(state, job).await?;
    let bucket = session
        .bucket(&planned.shard.bucket, &planned.bucket_region)
        .await?;
    let services = if planned.shard.global_services_only {
        Services::GlobalOnly
    } else {
        Services::All
    };
    let mut scanner = Scanner::new(wanted(job, services)?, actions::understand);
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

fn wanted(job: &Job, services: Services) -> Result<Wanted, StepError> {
    Ok(Wanted {
        principal: Principal::parse(job.principal_arn.as_str())?,
        time: step::time_range(job),
        services,
    })
}

/// Reads the event history of a Region, each page as a file. What is left when the time is up is noted as not read.
async fn scan_event_history(state: &State, job: &Job, region: &str) -> Result<Usage, StepError> {
    let session = step::session(state, job).await?;
    let wanted = wanted(job, Services::All)?;
    // The user name of a role's event is the name of the session, so that roles have no filter.
    let user = (wanted.principal.kind() == Kind::User).then(|| wanted.principal.name().to_owned());
    let mut history = session.event_history(region, wanted.time, user);
    let mut scanner = Scanner::new(wanted, actions::understand);
    let (started, mut unread) = (Instant::now(), None);
    loop {
        let page = match history.next_page().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            // A Region that is not enabled, or that a policy of the organization forbids, is not a reason to fail.
            Err(error @ AccessError::Denied { .. }) => {
                unread = Some(format!("the event history could not be read: {error}"));
                break;
            }
            Err(error) => return Err(error.into()),
        };
        let mut file = scanner.file(region);
        file.feed(b"{\"Records\":[");
        for (number, event) in page.iter().enumerate() {
            file.feed(if number == 0 { b"" } else { b"," });
            file.feed(event.as_bytes());
        }
        file.feed(b"]}");
        finished(file, region);
        if started.elapsed() > EVENT_HISTORY {
            unread = Some("the event history is longer than what is read of it: name a trail".to_owned());
            break;
        }
        tokio::time::sleep(PAGE_PAUSE).await;
    }
    let mut usage = scanner.finish();
    if let Some(reason) = unread {
        usage.unread.insert(region.to_owned(), reason);
    }
    Ok(usage)
}

/// Returns a file and its bytes; `None` for one that is to be streamed.
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

/// Notes a file that was listed and is gone, for example by a lifecycle rule: the result reports it. Other failures are
/// failures of the step.
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
