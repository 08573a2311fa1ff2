//! `POST /projects` creates a project in a portal.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{CreateProject, CreateProjectReply};
use model::json;

use super::Creation;

/// Creates a project of a portal.
///
/// # Errors
/// Those of the operation.
pub async fn handle(creation: &Creation, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let new = CreateProject::from_request(&json::object(request.body())?)?;
    let (state, id) = (&creation.state, request.mint().into());
    let created = state
        .table
        .create_project(&tenant, &new, id, creation.limit, now)
        .await?;
    let id = creation.outcome(created, "projects of a portal", "portal")?;
    api::about(&id);
    Ok(Reply::created(&CreateProjectReply::new(
        &state.deployment,
        &tenant,
        id,
    )))
}
