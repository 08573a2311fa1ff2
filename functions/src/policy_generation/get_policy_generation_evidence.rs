//! `GET /policy/generation/{jobId}/evidence`, an extension: what the policy was written from.

use api::policy_generation::{Error, Reason};
use api::{Reply, Request};
use model::policy_generation::JobStatus;
use trail::evidence;

use super::generated::{Learnt, State, principal};

/// Tells per action when, how often and on what it was used, what could not be mapped or read, and proposes
/// tighter policies.
///
/// # Errors
/// Those of the operation; a job that has not succeeded has no evidence.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = super::job_id(&request)?;
    let job = state
        .table
        .job(&tenant, &id, now)
        .await?
        .ok_or_else(super::unknown_job)?;
    if job.status_at(now) != JobStatus::Succeeded {
        let message = "The policy generation has not succeeded".to_owned();
        let fields = vec![("jobId".to_owned(), message.clone())];
        return Err(Error::Validation {
            reason: Reason::Other,
            message,
            fields,
        });
    }
    let learnt = Learnt::load(&state.table, &tenant, &id).await?;
    let principal = principal(&job)?;
    let generation = learnt.generation(&principal, &job, state.content);
    Ok(Reply::ok(&evidence::compose(job.job_id.as_str(), &generation)))
}
