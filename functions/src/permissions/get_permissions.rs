//! `POST /api/v1/permission` runs a query and returns its first page.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{GetPermissions, PageMembers};
use permissions::shard::ShardPositions;
use store::permissions::PagePosition;

use super::search::ResultWanted;
use super::search_over_shards::PageWanted;
use super::{State, fill, form};

/// Runs a query and returns its first rows and the exact number of all rows. If more rows follow, the reply has a token for the next
/// page.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = GetPermissions::from_request(body(&request)?)?;
    let media_type = MediaType::of_search(&request);
    let mut reply = RowsReply::search(media_type, wanted.limit.rows());
    let page = PageWanted {
        form: form(media_type),
        explain: wanted.explain,
        limit: reply.room(),
    };
    let query = (wanted.query, wanted.id.as_deref());
    // The future is boxed, because it is large.
    let search = Box::pin(state.search(&tenant, query, ResultWanted::Rows(page), now));
    let (search, found) = search.await?;
    let (parts, start) = (found.rows(), ShardPositions::default());
    let (total_rows, place) = fill(&mut reply, &search, parts, (&start, page)).await?;
    let of_search = PagePosition {
        snapshot: search.imported.as_ref().map(|found| found.id.clone()),
        explain: wanted.explain,
        ..PagePosition::of(search.id.clone(), wanted.limit, now)
    };
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, of_search, place, search.own.as_ref(), now)
            .await?,
        searched_names: search.query.searched_dest_resource_names(),
        total_rows,
        row_count: None,
    };
    Ok(reply.into_search(&page, &search.members(state, &tenant)))
}
