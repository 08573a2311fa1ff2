//! `PUT /projects/{projectId}` replaces name and description of a project.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{Empty, UpdateProject};
use model::json;
use store::AccessPolicies;
use store::access_policies::Updated;

use super::{other_request, path, unknown};

/// Replaces name and description of a project.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let body = json::object(request.body())?;
    let wanted = UpdateProject::from_request(&path(&request, "projectId"), &body)?;
    match table.update_project(&tenant, &wanted, now).await? {
        Updated::Done => Ok(Reply::ok(&Empty {})),
        Updated::OtherRequest => Err(other_request()),
        Updated::Unknown | Updated::UnknownParent => Err(unknown("project")),
    }
}
