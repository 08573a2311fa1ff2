//! `POST /api/v1/permission/page` returns a further page.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{NextPage, PageMembers};

use super::search::ResultWanted;
use super::search_over_shards::PageWanted;
use super::{State, fill, form};

/// Replies with the rows behind those of an earlier page, from the same data, whatever has happened since.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = NextPage::from_request(body(&request)?)?;
    let permissions = &state.accounts.imported.permissions;
    let position = permissions.page_position(&tenant, &wanted.page_token).await??;
    if position.group_by.is_some() {
        // This is a token of Get Permissions V4, whose pages have another form.
        return Err(Error::InvalidPageToken);
    }
    let limit = wanted.limit.unwrap_or(position.limit);
    let media_type = MediaType::of_page(&request);
    let mut reply = RowsReply::page(media_type, limit.rows());
    let page = PageWanted {
        form: form(media_type),
        explain: wanted.explain.unwrap_or(position.explain),
        limit: reply.room(),
    };
    let mut after = state.place(&tenant, &position).await?;
    let wanted = (ResultWanted::Rows(page), false);
    // The future is boxed, because it is large.
    let search = Box::pin(state.continue_search(&tenant, (&position, &mut after), wanted, now));
    let (search, found) = search.await?;
    let (total_rows, place) = fill(&mut reply, &search, found.rows(), (&after, page)).await?;
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, position, place, search.own.as_ref(), now)
            .await?,
        searched_names: search.query.searched_dest_resource_names(),
        total_rows,
        row_count: None,
    };
    Ok(reply.into_page(&page))
}
