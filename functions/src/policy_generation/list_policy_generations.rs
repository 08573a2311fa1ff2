//! `GET /policy/generation` lists the jobs of the account, the newest first.

use api::policy_generation::{Error, Reason};
use api::{Reply, Request};
use model::policy_generation::{ListPolicyGenerations, ListPolicyGenerationsReply};
use store::PolicyGenerations;

/// Lists the policy generations of the last days, newest first.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &PolicyGenerations, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let query = ListPolicyGenerations::from_request(
        request.query("principalArn")?,
        request.query("maxResults")?,
        request.query("nextToken")?,
    )?;
    let page = table
        .list(&tenant, &query, now)
        .await?
        .map_err(|invalid| Error::Validation {
            reason: Reason::FieldValidationFailed,
            message: invalid.to_string(),
            fields: vec![("nextToken".to_owned(), invalid.to_string())],
        })?;
    Ok(Reply::ok(&ListPolicyGenerationsReply::new(
        page.jobs,
        page.next_token,
        now,
    )))
}
