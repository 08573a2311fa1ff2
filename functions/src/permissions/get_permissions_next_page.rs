//! `POST /api/v1/permission/page` returns a further page.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{NextPage, PageMembers};
use permissions::search::{Moved, Search};

use super::asked::place;
use super::{State, fill};

/// Answers the rows behind those of an earlier page, from the same data, whatever has happened since.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = NextPage::from_request(body(&request)?)?;
    let position = state
        .imported
        .permissions
        .page_position(&tenant, &wanted.page_token)
        .await??;
    if position.group_by.is_some() {
        // A token of Get Permissions V4, whose pages are other ones.
        return Err(Error::InvalidPageToken);
    }
    let asked = state.ask_on(&tenant, &position, now).await?;
    let imported = asked.imported_for_query();
    let search = Search::new(&asked.query, imported.as_ref(), asked.own.as_deref());
    let rows = search
        .rows_after(&place(&position))
        .map_err(|Moved| Error::PageTokenExpired)?;
    let limit = wanted.limit.unwrap_or(position.limit);
    let mut reply = RowsReply::page(MediaType::of_page(&request), limit.rows());
    let place = fill(&mut reply, rows, wanted.explain.unwrap_or(position.explain));
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, position, place, asked.own.as_ref(), now)
            .await?,
        searched_names: asked.query.searched_dest_resource_names(),
        total_rows: search.total(),
        row_count: None,
    };
    Ok(reply.into_page(&page))
}
