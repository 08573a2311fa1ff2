//! `PUT /portals/{portalId}` replaces the members of a portal.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{UpdatePortal, UpdatePortalReply};
use model::json;
use store::AccessPolicies;
use store::access_policies::Updated;

use super::{other_request, path, unknown};

/// Replaces what was said about a portal.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let body = json::object(request.body())?;
    let wanted = UpdatePortal::from_request(&path(&request, "portalId"), &body)?;
    match table.update_portal(&tenant, &wanted, now).await? {
        Updated::Done => Ok(Reply::status(202, &UpdatePortalReply::updating())),
        Updated::OtherRequest => Err(other_request()),
        Updated::Unknown | Updated::UnknownParent => Err(unknown("portal")),
    }
}
