//! `POST /access-policies` creates an access policy.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{CreateAccessPolicy, CreateAccessPolicyReply};
use model::json;

use super::Creation;

/// Creates an access policy. Two equal access policies can exist when their tokens differ.
///
/// # Errors
/// Those of the operation.
pub async fn handle(creation: &Creation, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let new = CreateAccessPolicy::from_request(&json::object(request.body())?)?;
    let (state, mint) = (&creation.state, || request.mint().into());
    let created = state
        .table
        .create(&tenant, &new, mint, creation.limit, now)
        .await?;
    let id = creation.outcome(created, "access policies of a resource", "portal or project")?;
    api::about(&id);
    Ok(Reply::created(&CreateAccessPolicyReply::new(
        &state.deployment,
        &tenant,
        id,
    )))
}
