//! `DELETE /portals/{portalId}` deletes a portal that has no projects.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{DeletePortal, DeletePortalReply, ResourceKind};

use super::{State, other_request, path, query, unknown};
use store::access_policies::Deleted;

/// Deletes a portal that has no projects.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let (id, token) = (path(&request, "portalId"), query(&request, "clientToken"));
    let unwanted = DeletePortal::from_request(&id, &token)?;
    match state.table.delete_portal(&tenant, &unwanted, now).await? {
        Deleted::Done => Ok(Reply::status(202, &DeletePortalReply::deleting())),
        Deleted::OtherRequest => Err(other_request()),
        Deleted::Unknown => Err(unknown("portal")),
        Deleted::HasProjects => Err(Error::Conflict {
            message: "The portal has projects; delete them first".to_owned(),
            resource_arn: state.deployment.arn(&tenant, ResourceKind::Portal, &unwanted.id),
            resource_id: unwanted.id.to_string(),
        }),
    }
}
