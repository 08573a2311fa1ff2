//! `POST /api/v1/permission/page`

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{NextPage, PageMembers};
use permissions::search::{Clouds, Imported, Moved, Position, Search};
use rql::Query;

use super::{State, day, fill};

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
    let expired = || Error::PageTokenExpired;
    api::about(position.search.as_str());
    let text = state
        .imported
        .permissions
        .search(&tenant, &position.search, now)
        .await?;
    // It ran when the token was given. A release that no longer understands it has no further page.
    let Ok(query) = Query::parse(&text.ok_or_else(expired)?) else {
        return Err(expired());
    };
    let effective = match &position.snapshot {
        Some(id) => Some(
            state
                .imported
                .effective(&tenant, id, now)
                .await?
                .ok_or_else(expired)?,
        ),
        None => None,
    };
    let own = match &position.stack {
        Some(id) => {
            let clouds = Clouds::of(&query);
            Some(
                state
                    .former_own_grants(&tenant, id, clouds)
                    .await?
                    .ok_or_else(expired)?,
            )
        }
        None => None,
    };
    let imported = effective
        .as_deref()
        .map(|effective| Imported::of(effective, &query, day(position.issued_at)));
    let search = Search::new(&query, imported.as_ref(), own.as_deref());
    let place = Position {
        of_snapshot: position.of_snapshot,
        of_own: position.of_stack,
        last: position.last,
    };
    let rows = search.rows_after(&place).map_err(|Moved| expired())?;
    let limit = wanted.limit.unwrap_or(position.limit);
    let mut reply = RowsReply::page(MediaType::of_page(&request), limit.rows());
    let place = fill(&mut reply, rows, wanted.explain.unwrap_or(position.explain));
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, position, place, own.as_ref(), now)
            .await?,
        searched_names: query.searched_dest_resource_names(),
        total_rows: search.total(),
    };
    Ok(reply.into_page(&page))
}
