//! `GET /access-policies/{accessPolicyId}` returns an access policy.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{DescribeAccessPolicyReply, read_id};

use super::{State, path, unknown};

/// Reads an access policy.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let id = read_id("accessPolicyId", &path(&request, "accessPolicyId"))?;
    let policy = state.table.policy(&tenant, &id).await?;
    let policy = policy.ok_or_else(|| unknown("access policy"))?;
    Ok(Reply::ok(&DescribeAccessPolicyReply::new(
        &state.deployment,
        &tenant,
        policy,
    )))
}
