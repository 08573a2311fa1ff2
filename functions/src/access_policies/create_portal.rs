//! `POST /portals` creates a portal.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{CreatePortal, CreatePortalReply};
use model::json;

use super::Creation;

/// Creates a portal.
///
/// # Errors
/// Those of the operation.
pub async fn handle(creation: &Creation, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let new = CreatePortal::from_request(&json::object(request.body())?)?;
    let (state, id) = (&creation.state, request.mint().into());
    let created = state
        .table
        .create_portal(&tenant, &new, id, creation.limit, now)
        .await?;
    let id = creation.outcome(created, "portals of an account", "account")?;
    api::about(&id);
    Ok(Reply::status(
        202,
        &CreatePortalReply::new(&state.deployment, &tenant, id),
    ))
}
