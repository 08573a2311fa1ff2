//! `POST /api/v1/permission` runs a query and returns its first page.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{GetPermissions, PageMembers};
use permissions::search::Search;
use store::permissions::PagePosition;

use super::{State, fill};

/// Runs a query and answers its first rows, with the exact number of all and, if more follow, a token for them.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = GetPermissions::from_request(body(&request)?)?;
    let asked = state
        .ask(&tenant, wanted.query, wanted.id.as_deref(), now)
        .await?;
    let imported = asked.imported_for_query();
    let search = Search::new(&asked.query, imported.as_ref(), asked.own.as_deref());
    let mut reply = RowsReply::search(MediaType::of_search(&request), wanted.limit.rows());
    let place = fill(&mut reply, search.rows(), wanted.explain);
    let of_search = PagePosition {
        snapshot: asked.imported.as_ref().map(|found| found.id.clone()),
        explain: wanted.explain,
        ..PagePosition::of(asked.id.clone(), wanted.limit, now)
    };
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, of_search, place, asked.own.as_ref(), now)
            .await?,
        searched_names: asked.query.searched_dest_resource_names(),
        total_rows: search.total(),
        row_count: None,
    };
    Ok(reply.into_search(&page, &asked.members(state, &tenant, &search)))
}
