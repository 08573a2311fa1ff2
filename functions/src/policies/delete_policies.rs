//! `DELETE /policies`, with a body

use api::policies::{Error, body};
use api::{Reply, Request};
use model::json;
use model::policies::{IfMatch, ItemReply, PolicyIdList};
use store::Policies;
use store::policies::Deleted;

/// Deletes each of the policies or says why not, one after the other: each succeeds or fails alone, and of a repeated
/// id the second appearance finds nothing.
///
/// The original takes the list of ids itself as body; a list in `policyIdList`, as the other operations have it, is
/// taken too.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let body = body(&request)?;
    let is_array = body.trim_ascii_start().starts_with(b"[");
    let wrapped;
    let text = if is_array {
        wrapped = [b"{\"policyIdList\":", body, b"}"].concat();
        wrapped.as_slice()
    } else {
        body
    };
    let members = json::object(text)?;
    if is_array && members.len() != 1 {
        // The text closes its array and goes on after it.
        return Err(Error::BadRequest {
            details: "the body is not well-formed JSON".to_owned(),
        });
    }
    let list = PolicyIdList::from_request(&members)?;
    let mut replies = Vec::new();
    for id in list.into_ids() {
        api::about(&id);
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
