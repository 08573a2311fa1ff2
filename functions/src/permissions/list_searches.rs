//! `GET /search/history` lists recent and saved searches.

use api::permissions::Error;
use api::{Reply, Request};
use model::permissions::{ListSearches, ListedSearch};
use store::Permissions;
use store::permissions::Listed;

use super::search_reply;

/// Lists the saved searches of the tenant, or all that were run not long ago.
///
/// # Errors
/// Those of the operation.
pub async fn handle(searches: &Permissions, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = ListSearches::from_request(request.query("filter")?, request.query("limit")?)?;
    let listed = if wanted.saved {
        Listed::Saved
    } else {
        Listed::Recent
    };
    let found = searches.searches(&tenant, listed, wanted.most, now).await?;
    let found = found
        .iter()
        .map(|(id, search)| ListedSearch::from(search_reply(id, search)));
    Ok(Reply::ok(&found.collect::<Vec<_>>()))
}
