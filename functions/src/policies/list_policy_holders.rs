//! `GET /policies/{policyId}/resources`

use api::policies::Error;
use api::{Reply, Request};
use model::policies::PolicyHolderReply;
use store::Policies;

use super::policy_id;

/// Lists who holds a policy, which has to be detached from all of them before it can be deleted.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let Some(holders) = table.holders(&tenant, &id).await? else {
        return Err(Error::UnknownPolicy { id });
    };
    let holders = holders
        .into_iter()
        .map(|id| PolicyHolderReply::sub_account(&tenant, id));
    Ok(Reply::ok(&holders.collect::<Vec<_>>()))
}
