//! `DELETE /policies`, with a body

use api::policies::{Error, body};
use api::{Reply, Request};
use model::json;
use model::policies::{IfMatch, ItemReply, PolicyIdList};
use store::Policies;
use store::policies::Deleted;

/// Deletes each of the policies or says why not, one after the other: each succeeds or fails alone.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let list = PolicyIdList::from_request(&json::object(body(&request)?)?)?;
    let mut replies = Vec::new();
    for id in list.into_ids() {
        replies.push(match table.delete(&tenant, &id, &IfMatch::Any).await? {
            Deleted::Now => ItemReply::deleted(id),
            Deleted::Unknown => ItemReply::not_registered(id),
            Deleted::SystemManaged => ItemReply::system_managed(id),
            Deleted::Attached => ItemReply::attached(id),
            Deleted::OtherVersion => return Err(Error::OtherVersion),
        });
    }
    Ok(Reply::ok(&replies))
}
