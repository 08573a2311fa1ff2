//! `POST /sub-accounts/{subAccountId}/policies` attaches policies to a sub account.

use api::policies::{Error, body};
use api::{Reply, Request};
use model::json;
use model::policies::{ItemReply, PolicyIdList};
use store::Policies;
use store::policies::Attached;

use super::sub_account_id;

/// Attaches each of the policies or says why not, one after the other: each succeeds or fails alone, and of a
/// repeated id the second appearance finds the first.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, sub_account) = (request.tenant()?, sub_account_id(&request)?);
    let list = PolicyIdList::from_request(&json::object(body(&request)?)?)?;
    let mut replies = Vec::new();
    for id in list.into_ids() {
        api::about(&id);
        replies.push(match table.attach(&tenant, sub_account.as_str(), &id).await? {
            Attached::Now => ItemReply::added(id),
            Attached::Before => ItemReply::already_registered(id),
            Attached::Unknown => ItemReply::not_registered(id),
        });
    }
    Ok(Reply::ok(&replies))
}
