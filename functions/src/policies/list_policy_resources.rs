//! `GET /policies/{policyId}/resources` lists the sub accounts that hold a policy.

use api::policies::Error;
use api::{Reply, Request};
use model::policies::PolicyResourceReply;
use store::Policies;

use super::policy_id;

/// Lists who holds a policy; an array without pages, as the original returns it.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let Some(sub_accounts) = table.attached_sub_accounts(&tenant, &id).await? else {
        return Err(Error::UnknownPolicy { id });
    };
    let sub_accounts = sub_accounts.into_iter();
    let replies: Vec<_> = sub_accounts
        .map(|id| PolicyResourceReply::sub_account(&tenant, id))
        .collect();
    Ok(Reply::ok(&replies))
}
