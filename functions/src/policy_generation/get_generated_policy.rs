//! `GET /policy/generation/{jobId}` returns a job and the policy that it generated.

use api::policy_generation::Error;
use api::{Reply, Request};
use model::policy_generation::{GetGeneratedPolicyReply, JobStatus, Rendering};
use trail::completeness;
use trail::policy::{self, Options};

use super::generated::{State, principal};
use super::stored::JobResult;

/// Renders the policy from the result of the job, as the flags of this read want it.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = super::job_id(&request)?;
    let rendering = Rendering::from_request(
        request.query("includeResourcePlaceholders")?,
        request.query("includeServiceLevelTemplate")?,
    )?;
    let job = state
        .table
        .job(&tenant, &id, now)
        .await?
        .ok_or_else(super::unknown_job)?;
    if job.status_at(now) != JobStatus::Succeeded {
        return Ok(Reply::ok(&GetGeneratedPolicyReply::new(
            job,
            false,
            Vec::new(),
            now,
        )));
    }
    let result = JobResult::load(&state.table, &tenant, &id).await?;
    let principal = principal(&job)?;
    let generation = result.generation(&principal, &job, state.content);
    let options = Options {
        resource_placeholders: rendering.resource_placeholders,
        service_level_template: rendering.service_level_template,
    };
    let policies = policy::render(&generation, options);
    let is_complete = completeness::is_complete(&generation);
    Ok(Reply::ok(&GetGeneratedPolicyReply::new(
        job,
        is_complete,
        policies,
        now,
    )))
}
