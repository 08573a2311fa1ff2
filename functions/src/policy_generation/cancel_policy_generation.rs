//! `PUT /policy/generation/{jobId}` cancels a job.

use api::policy_generation::{Error, Reason};
use api::{Reply, Request};
use model::policy_generation::JobStatus;
use serde_json::json;
use store::PolicyGenerations;
use store::policy_generations::{Closed, Outcome};

/// Closes a job that is in progress; cancelling it again changes nothing.
///
/// # Errors
/// Those of the operation; a job that ended by itself cannot be canceled.
pub async fn handle(table: &PolicyGenerations, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = super::job_id(&request)?;
    match table.close(&tenant, &id, &Outcome::Canceled, now).await? {
        Closed::Now | Closed::Before(JobStatus::Canceled) => Ok(Reply::ok(&json!({}))),
        Closed::Unknown => Err(super::unknown_job()),
        Closed::Before(JobStatus::InProgress | JobStatus::Succeeded | JobStatus::Failed) => {
            let message = "The policy generation has ended already".to_owned();
            let fields = vec![("jobId".to_owned(), message.clone())];
            Err(Error::Validation {
                reason: Reason::Other,
                message,
                fields,
            })
        }
    }
}
