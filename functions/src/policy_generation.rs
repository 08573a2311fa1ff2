//! Policy generation turns the calls that CloudTrail recorded into a least-privilege policy.
//!
//! `start_policy_generation` only writes the job. The table's stream starts `plan_policy_generation`, which divides the
//! log files into shards, and each shard starts `scan_policy_generation`; the scan of the last shard composes the result
//! and closes the job.

pub mod cancel_policy_generation;
mod finish;
pub mod generated;
pub mod get_generated_policy;
pub mod get_policy_generation_evidence;
mod in_force;
pub mod list_policy_generations;
pub mod plan_policy_generation;
mod progress;
pub mod scan_policy_generation;
pub mod start_policy_generation;
pub mod step;
mod stored;

use jiff::SignedDuration;
use model::policy_generation::JobId;
use store::PolicyGenerations;

use crate::configuration::{ConfigurationError, required};

/// The kind of resource that errors name.
const RESOURCE_TYPE: &str = "PolicyGeneration";

/// Returns the table of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn table() -> Result<PolicyGenerations, ConfigurationError> {
    let table = required("POLICY_GENERATIONS_TABLE")?;
    let days: i64 = required("POLICY_GENERATION_RETENTION_DAYS")?;
    Ok(PolicyGenerations::new(
        store::connect(),
        table,
        SignedDuration::from_hours(days.saturating_mul(24)),
    ))
}

/// Returns the job that the path names.
///
/// The service models no error for a job that does not exist, so it is a faulty parameter.
fn job_id(request: &api::Request) -> Result<JobId, api::policy_generation::Error> {
    JobId::parse(&request.path("jobId")?).ok_or_else(unknown_job)
}

fn unknown_job() -> api::policy_generation::Error {
    let message = "There is no policy generation with this id".to_owned();
    api::policy_generation::Error::Validation {
        reason: api::policy_generation::Reason::Other,
        message: message.clone(),
        fields: vec![("jobId".to_owned(), message)],
    }
}
