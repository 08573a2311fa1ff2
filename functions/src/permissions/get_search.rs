//! `GET /search/history/{searchId}` returns a search.

use api::permissions::Error;
use api::{Reply, Request};
use store::Permissions;

use super::{search_id, search_reply};

/// Replies with a saved search, or one that was run not long ago.
///
/// # Errors
/// Those of the operation.
pub async fn handle(searches: &Permissions, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = search_id(&request)?;
    api::about(id.as_str());
    let found = searches.search(&tenant, &id, now).await?;
    let found = found.ok_or(Error::UnknownSearch)?;
    Ok(Reply::ok(&search_reply(&id, &found)))
}
