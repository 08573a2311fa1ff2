//! `GET /tags` lists the tags of a resource.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{ListTagsReply, read_resource_arn};

use super::{State, of_caller, query, unknown};

/// Lists the tags of an access policy, a portal or a project.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let name = read_resource_arn(&state.deployment, &query(&request, "resourceArn"))?;
    let resource = of_caller(&tenant, &name)?;
    let tags = state.table.tags(&tenant, resource).await?;
    let tags = tags.ok_or_else(|| unknown("resource"))?;
    Ok(Reply::ok(&ListTagsReply { tags }))
}
