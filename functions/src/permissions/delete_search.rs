//! `DELETE /search/history/{searchId}` deletes a search.

use api::permissions::Error;
use api::{Reply, Request};
use store::Permissions;

use super::search_id;

/// Deletes a saved search. The query remains among the recent ones, so that pages of its result can still be read.
///
/// # Errors
/// Those of the operation.
pub async fn handle(searches: &Permissions, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = search_id(&request)?;
    api::about(id.as_str());
    if searches.delete_saved_search(&tenant, &id, now).await? {
        Ok(Reply::empty(200))
    } else {
        Err(Error::UnknownSearch)
    }
}
