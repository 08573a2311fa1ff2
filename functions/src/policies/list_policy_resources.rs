//! `GET /policies/{policyId}/resources` lists the sub accounts that hold a policy.

use api::policies::Error;
use api::{Reply, Request};
use model::policies::HolderReply;
use store::Policies;

use super::policy_id;

/// Lists who holds a policy; an array without pages, as the original returns it.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let Some(holders) = table.holders(&tenant, &id).await? else {
        return Err(Error::UnknownPolicy { id });
    };
    let holders = holders.into_iter();
    let replies: Vec<_> = holders.map(|id| HolderReply::sub_account(&tenant, id)).collect();
    Ok(Reply::ok(&replies))
}
