//! `POST /tags` adds tags to a resource.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{Empty, TagResource};
use model::json;
use store::access_policies::Tagged;

use super::{State, of_caller, query, unknown};

/// Sets tags of an access policy, a portal or a project.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let (body, arn) = (json::object(request.body())?, query(&request, "resourceArn"));
    let wanted = TagResource::from_request(&state.deployment, &arn, &body)?;
    let resource = of_caller(&tenant, &wanted.resource)?;
    api::about(arn.concat());
    match state.table.tag(&tenant, resource, &wanted.tags).await? {
        Tagged::Done => Ok(Reply::ok(&Empty {})),
        Tagged::Unknown => Err(unknown("resource")),
        Tagged::TooMany => Err(Error::TooManyTags {
            resource_name: arn.concat(),
        }),
    }
}
