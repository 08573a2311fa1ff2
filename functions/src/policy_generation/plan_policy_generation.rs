//! Plans a job: where its log files are, and which part of the work reads which of them.

use std::collections::{BTreeMap, BTreeSet};

use api::stream::Change;
use aws::{AccessError, Bucket, Session};
use futures::{TryStreamExt, stream};
use jiff::SignedDuration;
use model::account::AccountId;
use model::policy_generation::{Job, JobId, Trail};
use trail::layout::{self, Bounds, LogFolder};
use trail::principal::TimeRange;

use super::finish::finish;
use super::step::{self, State, StepError};
use super::stored::{self, Plan, PlannedShard};

/// Most that one worker reads: at 100 MB/s compressed and a listing of a few pages it ends within a minute or two,
/// far from Lambda's fifteen.
const BOUNDS: Bounds = Bounds {
    files: 5_000,
    bytes: 256 * 1024 * 1024,
};

/// Shards written at once.
const CONCURRENT_WRITES: usize = 16;

/// Says how long the event history keeps events.
///
/// Source: CloudTrail API reference, `LookupEvents`.
const EVENT_HISTORY_AGE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Regions whose event history is read when a request names no trail: those that every account has, by partition.
///
/// Source: AWS account management reference, "Enable or disable AWS Regions in your account", Regions enabled by
/// default.
const REGIONS: [(&str, &[&str]); 3] = [
    (
        "aws",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
];

/// Plans the job that was inserted. May be repeated: the first plan that is stored is the plan.
///
/// # Errors
/// [`StepError::Transient`] when it should be delivered again.
pub async fn handle(state: &State, change: Change) -> Result<(), StepError> {
    let Some((account, id)) = step::subject(&change) else {
        return Ok(());
    };
    step::run(state, (&account, &id), "plan", async |job| {
        let stored = if let Some(stored) = state.table.plan(&account, &id).await? {
            stored
        } else {
            let plan = stored::to_bytes(&plan(state, &job).await?)?;
            state
                .table
                .settle_plan(&account, &id, &plan, (state.clock)())
                .await?
        };
        carry_out(state, (&account, &id), stored::from_bytes(&stored)?).await
    })
    .await
}

/// Writes the shards, which starts their scans. A job without log files is done at once.
async fn carry_out(state: &State, (account, id): (&AccountId, &JobId), plan: Plan) -> Result<(), StepError> {
    let shards = plan.parts();
    let job = state.table.set_shards(account, id, shards).await?;
    tracing::info!(job.id = %id, shards, "job `{id}` is planned in {shards} shards");
    let now = (state.clock)();
    stream::iter((0..shards).map(Ok::<u32, StepError>))
        .try_for_each_concurrent(CONCURRENT_WRITES, |shard| async move {
            Ok(state.table.put_shard(account, id, shard, now).await?)
        })
        .await?;
    match job {
        Some(job) if job.is_scanned() => finish(state, account, &job, plan).await,
        _ => Ok(()),
    }
}

async fn plan(state: &State, job: &Job) -> Result<Plan, StepError> {
    let details = &job.cloud_trail_details;
    let session = step::session(state, job).await?;
    let mut plan = Plan {
        last_accessed_report: last_accessed_report(&session, job).await?,
        ..Plan::default()
    };
    plan.planned.listed_at = Some((state.clock)());
    if details.trails.is_empty() {
        plan_event_history(&mut plan, job);
        return Ok(plan);
    }
    // A region of a folder is read once, also when several trails name it.
    let mut seen = BTreeSet::new();
    for trail in &details.trails {
        let facts = session
            .trail(trail.cloud_trail_arn.as_str(), job.principal_arn.account())
            .await?;
        let has_organization = facts.folders.iter().any(|folder| folder.organization.is_some());
        if facts.is_organization && !has_organization {
            let trail = trail.cloud_trail_arn.to_string();
            plan.planned.without_organization.insert(trail);
        }
        for folder in &facts.folders {
            let prefix = format!("{}/{}", folder.bucket, folder.regions_prefix());
            let bucket = session.bucket(&folder.bucket, &facts.home_region).await?;
            let regions = regions(trail, &facts, (&bucket, folder), &mut plan.planned.unread).await?;
            for (region, global_only) in regions {
                if seen.insert((prefix.clone(), region.clone())) {
                    let shards = shards(&bucket, folder, &region, step::time_range(job), global_only).await?;
                    plan.shards.extend(shards);
                }
            }
            plan.planned.prefixes.insert(prefix);
        }
    }
    let shards = || plan.shards.iter().map(|planned| &planned.shard);
    plan.planned.files = shards().map(|shard| shard.files).sum();
    plan.planned.bytes = shards().map(|shard| shard.bytes).sum();
    Ok(plan)
}

/// Plans the regions of the event history, which keeps the management events of 90 days, in each Region its own events.
fn plan_event_history(plan: &mut Plan, job: &Job) {
    let partition = job.principal_arn.as_str().split(':').nth(1).unwrap_or_default();
    let regions = REGIONS.iter().find(|(known, _)| *known == partition);
    let regions = regions.map(|(_, regions)| *regions).unwrap_or_default();
    plan.event_history = regions.iter().map(|&region| region.to_owned()).collect();
    plan.planned.event_history = true;
    let others = "only the Regions that every account has are read without a trail".to_owned();
    plan.planned.unread.insert("other Regions".to_owned(), others);
    let kept = plan
        .planned
        .listed_at
        .and_then(|now| now.checked_sub(EVENT_HISTORY_AGE).ok());
    if let Some(oldest) = kept
        && job.cloud_trail_details.start_time < oldest
    {
        let gone = "the event history keeps 90 days".to_owned();
        plan.planned
            .unread
            .insert(format!("the time before {oldest}"), gone);
    }
}

/// Returns the regions to read, each with whether only the records of global services are wanted.
async fn regions(
    trail: &Trail,
    facts: &aws::Trail,
    (bucket, folder): (&Bucket, &LogFolder),
    unread: &mut BTreeMap<String, String>,
) -> Result<Vec<(String, bool)>, StepError> {
    let mut wanted: BTreeSet<String> = if trail.all_regions == Some(true) {
        bucket.regions(folder).await?.into_iter().collect()
    } else if trail.regions.is_empty() {
        BTreeSet::from([facts.home_region.clone()])
    } else {
        trail.regions.iter().cloned().collect()
    };
    if !facts.is_multi_region {
        for region in wanted.iter().filter(|region| **region != facts.home_region) {
            unread.insert(region.clone(), "the trail does not record this region".to_owned());
        }
        wanted.retain(|region| *region == facts.home_region);
    }
    let partition = trail
        .cloud_trail_arn
        .as_str()
        .split(':')
        .nth(1)
        .unwrap_or_default();
    let global = layout::global_region(partition).filter(|global| !wanted.contains(*global));
    Ok(wanted
        .into_iter()
        .map(|region| (region, false))
        .chain(global.map(|region| (region.to_owned(), true)))
        .collect())
}

async fn shards(
    bucket: &Bucket,
    folder: &LogFolder,
    region: &str,
    time: TimeRange,
    global_only: bool,
) -> Result<Vec<PlannedShard>, AccessError> {
    let range = folder.keys(region, time);
    let mut listing = bucket.list(&range);
    let mut files = Vec::new();
    while let Some(page) = listing.next_page().await? {
        files.extend(page);
    }
    let shards = layout::shards(range, global_only, BOUNDS, files);
    let planned = |shard| PlannedShard {
        shard,
        bucket_region: bucket.region().to_owned(),
    };
    Ok(shards.map(planned).collect())
}

/// Reads the report, which is a help and not a need. When IAM refuses, the job goes on without a report, and its policy
/// is not complete.
async fn last_accessed_report(session: &Session, job: &Job) -> Result<Option<String>, StepError> {
    match session
        .start_last_accessed_report(job.principal_arn.as_str())
        .await
    {
        Ok(report) => Ok(Some(report)),
        Err(error @ AccessError::NotFound { .. }) => Err(error.into()),
        Err(error) => {
            tracing::info!(job.id = %job.job_id, "there is no last accessed report: {error}");
            Ok(None)
        }
    }
}
