//! `DELETE /sub-accounts/{subAccountId}/policies`, with a body

use api::policies::{Error, body};
use api::{Reply, Request};
use model::json;
use model::policies::{ItemReply, PolicyIdList};
use store::Policies;
use store::policies::Detached;

use super::sub_account_id;

/// Detaches each of the policies or says why not, one after the other.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, sub_account) = (request.tenant()?, sub_account_id(&request)?);
    let list = PolicyIdList::from_request(&json::object(body(&request)?)?)?;
    let mut replies = Vec::new();
    for id in list.into_ids() {
        api::about(&id);
        replies.push(match table.detach(&tenant, sub_account.as_str(), &id).await? {
            Detached::Now => ItemReply::removed(id),
            Detached::Unknown => ItemReply::not_registered(id),
        });
    }
    Ok(Reply::ok(&replies))
}
