//! Runs one step of a job, plan or scan. A step is tried a few times, but not for ever and not after the job has ended.

use std::error::Error as StdError;

use api::stream::Change;
use aws::{Access, AccessError, Session};
use jiff::Timestamp;
use model::account::AccountId;
use model::policy_generation::{Job, JobError, JobErrorCode, JobId, JobStatus};
use store::policy_generations::Outcome;
use store::{PolicyGenerations, StoreError};
use trail::principal::{PrincipalError, TimeRange};

use super::stored::StoredError;
use crate::configuration::ConfigurationError;

/// Attempts at a step before the job fails. The stream's own retries must be more.
const ATTEMPTS: u32 = 4;

/// Holds what the steps need.
#[derive(Debug)]
pub struct State {
    pub(super) table: PolicyGenerations,
    pub(super) access: Access,
    pub(super) clock: fn() -> Timestamp,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        Ok(Self {
            table: super::table()?,
            access: Access::connect(),
            clock: api::now,
        })
    }
}

/// Says why a step did not get through.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Trying again cannot help: the job fails.
    #[error("the job failed: {}", .0.message)]
    Final(JobError),
    /// Trying again may help.
    #[error("the step failed, and the next attempt may succeed")]
    Transient(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<AccessError> for StepError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied { what, ref cause } => {
                tracing::info!(%cause, "not allowed to {what}");
                let message = if what.contains("bucket") || what.contains("log file") {
                    // These are the words of the service that these operations are compatible with.
                    "Incorrect permissions assigned to access CloudTrail S3 bucket".to_owned()
                } else if what == "assume the access role" {
                    "The policy generation is not allowed to assume the access role. Check that the role exists, and that \
                     its trust policy names the roles of the output RolesToTrust of the stack."
                        .to_owned()
                } else {
                    format!("The policy generation is not allowed to {what}")
                };
                Self::Final(JobError {
                    code: JobErrorCode::AuthorizationError,
                    message,
                })
            }
            AccessError::NotFound { what } => Self::Final(JobError {
                code: JobErrorCode::ResourceNotFoundError,
                message: if what == "read the trail" {
                    // A trail is looked for in the Region of its ARN.
                    "The policy generation cannot read the trail: there is no trail of this ARN in the Region that \
                     the ARN names. Check its Region, account and name."
                        .to_owned()
                } else {
                    format!("The policy generation cannot {what}: there is no such resource")
                },
            }),
            AccessError::Throttled { .. } | AccessError::Unavailable { .. } => Self::Transient(error.into()),
        }
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::Transient(error.into())
    }
}

impl From<serde_json::Error> for StepError {
    fn from(error: serde_json::Error) -> Self {
        Self::Transient(error.into())
    }
}

impl From<StoredError> for StepError {
    fn from(error: StoredError) -> Self {
        Self::Transient(error.into())
    }
}

impl From<PrincipalError> for StepError {
    fn from(error: PrincipalError) -> Self {
        Self::Transient(error.into())
    }
}

/// Returns the session of the job's access role. Its name shows in the caller's own trail which job read it.
pub(super) async fn session(state: &State, job: &Job) -> Result<Session, AccessError> {
    let role = job.cloud_trail_details.access_role.as_str();
    state
        .access
        .assume(role, format!("policy-generation-{}", job.job_id))
        .await
}

/// Returns the time range of the job.
pub(super) fn time_range(job: &Job) -> TimeRange {
    TimeRange {
        start: job.cloud_trail_details.start_time,
        end: job.cloud_trail_details.end_time,
    }
}

/// Returns the job that a change of the table is about; `None` for a change without one.
pub(super) fn subject(change: &Change) -> Option<(AccountId, JobId)> {
    let account = change
        .image("account")
        .or_else(|| change.image("pk"))?
        .parse()
        .ok()?;
    let id = JobId::parse(change.image("jobId")?)?;
    api::on_behalf_of(&account);
    api::about(&id);
    Some((account, id))
}

/// Runs `work` for a job that is in progress and closes the job when the work has failed for good.
///
/// An attempt is counted before it is made, so that one that kills its worker counts too.
///
/// # Errors
/// A [`StepError::Transient`] while attempts are left: the stream delivers the change again.
pub(super) async fn run(
    state: &State,
    (account, id): (&AccountId, &JobId),
    step: &str,
    work: impl AsyncFnOnce(Job) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let now = (state.clock)();
    let Some(job) = state.table.job(account, id, now).await? else {
        return Ok(());
    };
    if job.status_at(now) != JobStatus::InProgress {
        return Ok(());
    }
    let attempt = state.table.count_attempt(account, id, step, now).await?;
    let failure = if attempt > ATTEMPTS {
        given_up()
    } else {
        match work(job).await {
            Ok(()) => return Ok(()),
            Err(StepError::Final(error)) => error,
            Err(error) if attempt < ATTEMPTS => return Err(error),
            Err(error) => {
                let cause = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::error!(job.id = %id, step, cause, "job `{id}` gives up after {attempt} attempts");
                given_up()
            }
        }
    };
    tracing::info!(job.id = %id, step, code = ?failure.code, "job `{id}` failed");
    state
        .table
        .close(account, id, &Outcome::Failed(failure), (state.clock)())
        .await?;
    Ok(())
}

fn given_up() -> JobError {
    JobError {
        code: JobErrorCode::ServiceError,
        message: "The log files could not be read, and trying again did not help.".to_owned(),
    }
}
