//! `DELETE /tags` removes tags from a resource.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{Empty, UntagResource};
use store::access_policies::Tagged;

use super::{State, of_caller, query, unknown};

/// Removes tags of an access policy, a portal or a project.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let (arn, keys) = (query(&request, "resourceArn"), query(&request, "tagKeys"));
    let unwanted = UntagResource::from_request(&state.deployment, &arn, &keys)?;
    let resource = of_caller(&tenant, &unwanted.resource)?;
    api::about(arn.concat());
    match state.table.untag(&tenant, resource, &unwanted.keys).await? {
        Tagged::Done | Tagged::TooMany => Ok(Reply::ok(&Empty {})),
        Tagged::Unknown => Err(unknown("resource")),
    }
}
