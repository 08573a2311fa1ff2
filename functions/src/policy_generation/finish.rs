//! Finishes a job: what all parts of its plan showed becomes its result.

use std::time::Duration;

use aws::{AccessError, Session};
use model::account::AccountId;
use model::policy_generation::Job;
use store::policy_generations::Outcome;
use trail::last_accessed::LastAccessedReport;
use trail::usage::Usage;

use super::step::{self, State, StepError};
use super::stored::{self, JobResult, Plan};

/// IAM makes its report within seconds. It was asked for before the scan began.
const REPORT_PAUSES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// Merges what all parts showed, stores it and closes the job. Of several workers that get here one succeeds, and
/// all of them would have stored the same.
pub(super) async fn finish(
    state: &State,
    account: &AccountId,
    job: &Job,
    plan: Plan,
) -> Result<(), StepError> {
    let mut usage = Usage::default();
    for part in state.table.usages(account, &job.job_id).await? {
        usage.merge(stored::from_bytes(&part)?);
    }
    let last_accessed = last_accessed(state, job, plan.last_accessed_report).await;
    let result = JobResult {
        usage,
        last_accessed,
        planned: plan.planned,
    };
    let now = (state.clock)();
    state
        .table
        .put_result(account, &job.job_id, &stored::to_bytes(&result)?, now)
        .await?;
    state
        .table
        .close(account, &job.job_id, &Outcome::Succeeded, now)
        .await?;
    let counts = &result.usage.reading;
    let (id, files, records, matched) = (&job.job_id, counts.files, counts.records, counts.matched);
    tracing::info!(
        job.id = %id, files, records, matched,
        "job `{id}` has read {records} records of {files} files, {matched} of the principal"
    );
    Ok(())
}

/// Asks IAM for its report. Without the report the policy is written all the same, and says that it is not complete.
async fn last_accessed(state: &State, job: &Job, report: Option<String>) -> Option<LastAccessedReport> {
    let report = report?;
    let read = async |session: Session| {
        for pause in REPORT_PAUSES {
            if let Some(report) = session.last_accessed_report(&report).await? {
                return Ok(Some(report));
            }
            tokio::time::sleep(pause).await;
        }
        Ok::<_, AccessError>(None)
    };
    match step::session(state, job).await {
        Ok(session) => read(session).await,
        Err(error) => Err(error),
    }
    .unwrap_or_else(|error| {
        tracing::info!(job.id = %job.job_id, "there is no last accessed report: {error}");
        None
    })
}
