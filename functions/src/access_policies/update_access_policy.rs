//! `PUT /access-policies/{accessPolicyId}` replaces an access policy.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{Empty, UpdateAccessPolicy};
use model::json;
use store::access_policies::Updated;

use super::{Moves, other_request, path, unknown};

/// Replaces identity, resource and permission of an access policy.
///
/// # Errors
/// Those of the operation.
pub async fn handle(moves: &Moves, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let body = json::object(request.body())?;
    let wanted = UpdateAccessPolicy::from_request(&path(&request, "accessPolicyId"), &body)?;
    match moves.table.update(&tenant, &wanted, moves.limit, now).await? {
        Updated::Done => Ok(Reply::ok(&Empty {})),
        Updated::OtherRequest => Err(other_request()),
        Updated::Unknown => Err(unknown("access policy")),
        Updated::UnknownParent => Err(unknown("portal or project")),
    }
}
