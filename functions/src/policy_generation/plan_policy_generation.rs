//! Planning a job: where its log files are, and who reads which.

use std::collections::{BTreeMap, BTreeSet};

use api::stream::Change;
use aws::{AccessError, Bucket, Session};
use futures::{TryStreamExt, stream};
use model::account::AccountId;
use model::policy_generation::{Job, JobId, Trail};
use serde::{Deserialize, Serialize};
use trail::layout::{self, Bounds, Place, Shard};
use trail::principal::TimeRange;

use super::step::{self, State, StepError};

/// Most that one worker reads: at 100 MB/s compressed and a listing of a few pages it ends within a minute or two,
/// far from Lambda's fifteen.
const BOUNDS: Bounds = Bounds {
    files: 5_000,
    bytes: 256 * 1024 * 1024,
};

/// Shards written at once.
const CONCURRENT_WRITES: usize = 16;

/// What a job will read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Plan {
    /// By number.
    pub(super) shards: Vec<PlannedShard>,
    /// IAM's report on the principal, being made; `None` when IAM would not.
    pub(super) last_accessed_report: Option<String>,
    /// Regions that no log file can tell of, each with the reason.
    pub(super) unread: BTreeMap<String, String>,
}

/// A shard and where its bucket is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PlannedShard {
    pub(super) shard: Shard,
    pub(super) bucket_region: String,
}

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
            let plan = serde_json::to_vec(&plan(state, &job).await?)?;
            state
                .table
                .settle_plan(&account, &id, &plan, (state.clock)())
                .await?
        };
        carry_out(state, (&account, &id), serde_json::from_slice(&stored)?).await
    })
    .await
}

/// Writes the shards, which starts their scans. A job without log files is done at once.
async fn carry_out(state: &State, (account, id): (&AccountId, &JobId), plan: Plan) -> Result<(), StepError> {
    let shards = u32::try_from(plan.shards.len()).unwrap_or(u32::MAX);
    let job = state.table.set_shards(account, id, shards).await?;
    tracing::info!(job.id = %id, shards, "job `{id}` is planned in {shards} shards");
    let now = (state.clock)();
    stream::iter((0..shards).map(Ok::<u32, StepError>))
        .try_for_each_concurrent(CONCURRENT_WRITES, |shard| async move {
            Ok(state.table.put_shard(account, id, shard, now).await?)
        })
        .await?;
    match job {
        Some(job) if job.is_scanned() => {
            super::scan_policy_generation::finish(state, account, &job, plan).await
        }
        _ => Ok(()),
    }
}

async fn plan(state: &State, job: &Job) -> Result<Plan, StepError> {
    let details = &job.cloud_trail_details;
    let session = state
        .access
        .assume(details.access_role.as_str(), session_name(&job.job_id))
        .await?;
    let mut plan = Plan {
        last_accessed_report: last_accessed_report(&session, job).await?,
        ..Plan::default()
    };
    let time = TimeRange {
        start: details.start_time,
        end: details.end_time,
    };
    // A region of a bucket is read once, whoever of the trails names it.
    let mut seen = BTreeSet::new();
    for trail in &details.trails {
        let facts = session
            .trail(trail.cloud_trail_arn.as_str(), job.principal_arn.account())
            .await?;
        let bucket = session.bucket(&facts.place.bucket, &facts.home_region).await?;
        for (region, global_only) in regions(trail, &facts, &bucket, &mut plan.unread).await? {
            if !seen.insert((
                facts.place.regions_prefix(),
                facts.place.bucket.clone(),
                region.clone(),
            )) {
                continue;
            }
            plan.shards
                .extend(shards(&bucket, &facts.place, &region, time, global_only).await?);
        }
    }
    Ok(plan)
}

/// The regions to read, each with whether only the records of global services are wanted.
async fn regions(
    trail: &Trail,
    facts: &aws::Trail,
    bucket: &Bucket,
    unread: &mut BTreeMap<String, String>,
) -> Result<Vec<(String, bool)>, StepError> {
    let mut wanted: BTreeSet<String> = if trail.all_regions == Some(true) {
        bucket.regions(&facts.place).await?.into_iter().collect()
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
    place: &Place,
    region: &str,
    time: TimeRange,
    global_only: bool,
) -> Result<Vec<PlannedShard>, AccessError> {
    let range = place.keys(region, time);
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

/// The report is a help, not a need: what IAM refuses is not in it, and the policy is then not complete.
async fn last_accessed_report(session: &Session, job: &Job) -> Result<Option<String>, StepError> {
    match session
        .start_last_accessed_report(job.principal_arn.as_str())
        .await
    {
        Ok(report) => Ok(Some(report)),
        Err(error @ AccessError::NotFound { .. }) => Err(error.into()),
        Err(error) => {
            tracing::info!(job.id = %job.job_id, "no last accessed report: {error}");
            Ok(None)
        }
    }
}

/// Shows in the caller's own trail which job read it.
pub(super) fn session_name(id: &JobId) -> String {
    format!("policy-generation-{id}")
}
