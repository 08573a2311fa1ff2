//! `GET /portals/{portalId}` returns a portal.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{DescribePortalReply, read_id};

use super::{State, path, unknown};

/// Reads a portal.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let id = read_id("portalId", &path(&request, "portalId"))?;
    let portal = state.table.portal(&tenant, &id).await?;
    let portal = portal.ok_or_else(|| unknown("portal"))?;
    Ok(Reply::ok(&DescribePortalReply::new(
        &state.deployment,
        &tenant,
        portal,
    )))
}
