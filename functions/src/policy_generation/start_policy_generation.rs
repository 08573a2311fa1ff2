//! `PUT /policy/generation` starts a job.

use api::policy_generation::Error;
use api::{Reply, Request};
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::json;
use model::policy_generation::{
    Job, JobId, JobStatus, PolicyGenerationRules, StartPolicyGeneration, StartPolicyGenerationReply,
};
use store::PolicyGenerations;
use store::policy_generations::{NewJob, Started};

use super::RESOURCE_TYPE;
use crate::configuration::{ConfigurationError, optional, required};

/// The clients and settings that the operation needs.
#[derive(Debug)]
pub struct State {
    table: PolicyGenerations,
    rules: PolicyGenerationRules,
    max_concurrent: u32,
    time_to_end: SignedDuration,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let has_trail = optional("DEFAULT_TRAIL_ARN").is_some();
        // A trail needs a role; a role alone reads the event history.
        let has_role = has_trail || optional("DEFAULT_ACCESS_ROLE_ARN").is_some();
        Ok(Self {
            table: super::table()?,
            rules: PolicyGenerationRules {
                max_days: required("MAX_POLICY_GENERATION_DAYS")?,
                default_trail: has_trail.then(|| required("DEFAULT_TRAIL_ARN")).transpose()?,
                default_access_role: has_role
                    .then(|| required("DEFAULT_ACCESS_ROLE_ARN"))
                    .transpose()?,
            },
            max_concurrent: required("MAX_CONCURRENT_POLICY_GENERATIONS")?,
            time_to_end: SignedDuration::from_mins(required("POLICY_GENERATION_DEADLINE_MINUTES")?),
        })
    }
}

/// Writes the job; the stream of the table does the rest.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let start = StartPolicyGeneration::from_request(&json::object(request.body())?, &state.rules, now)?;
    belongs_to(&tenant, start.principal.account(), "principal")?;
    belongs_to(&tenant, start.cloud_trail.access_role.account(), "access role")?;
    let started_on = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let job = Job {
        job_id: request.mint().into(),
        principal_arn: start.principal.clone(),
        cloud_trail_details: start.cloud_trail.clone(),
        status: JobStatus::InProgress,
        started_on,
        completed_on: None,
        deadline: started_on
            .saturating_add(state.time_to_end)
            .unwrap_or(Timestamp::MAX),
        job_error: None,
        shards: None,
        scanned: Vec::new(),
    };
    let new = NewJob {
        job: &job,
        token: start.client_token.as_deref(),
        request: start.canonical(),
        limit: state.max_concurrent,
    };
    match state.table.start(&tenant, &new, now).await? {
        Started::New => Ok(started(job.job_id)),
        Started::Again(job_id) => Ok(started(job_id)),
        Started::OtherRequest(first) => Err(Error::Conflict {
            message: "The client token was used before with another request".to_owned(),
            resource_id: first.to_string(),
            resource_type: RESOURCE_TYPE.to_owned(),
        }),
        Started::TooMany => Err(Error::ServiceQuotaExceeded {
            message: format!(
                "At most {} policy generations may be in progress at once",
                state.max_concurrent
            ),
            resource_id: tenant.to_string(),
            resource_type: RESOURCE_TYPE.to_owned(),
        }),
    }
}

fn started(job_id: JobId) -> Reply {
    api::about(&job_id);
    Reply::ok(&StartPolicyGenerationReply { job_id })
}

fn belongs_to(tenant: &AccountId, account: &str, what: &str) -> Result<(), Error> {
    if account == tenant.as_str() {
        return Ok(());
    }
    Err(Error::AccessDenied {
        message: format!("The {what} belongs to account {account}, and the caller to account {tenant}"),
    })
}
