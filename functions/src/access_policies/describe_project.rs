//! `GET /projects/{projectId}` returns a project.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{DescribeProjectReply, read_id};

use super::{State, path, unknown};

/// Reads a project.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let id = read_id("projectId", &path(&request, "projectId"))?;
    let project = state.table.project(&tenant, &id).await?;
    let project = project.ok_or_else(|| unknown("project"))?;
    Ok(Reply::ok(&DescribeProjectReply::new(
        &state.deployment,
        &tenant,
        project,
    )))
}
