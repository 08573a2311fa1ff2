//! `POST /iam/api/v4/search/permission` runs a query, or returns a further page, in the form of version 4.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{GetPermissionsV4, GroupBy, PageMembers};
use permissions::group::Groups;
use permissions::search::{Moved, Position, Rows, Search};
use rql::Query;
use store::permissions::{PagePosition, SearchId};

use super::State;
use super::asked::place;

/// Runs a query and answers the groups of its rows, or the rows themselves when nothing or everything is grouped by.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let limit = request.query("limit")?;
    let wanted = GetPermissionsV4::from_request(body(&request)?, limit)?;
    let (asked, position) = if let Some(token) = &wanted.next_page_token {
        let position = state.imported.permissions.page_position(&tenant, token).await??;
        must_go_on(&tenant, &wanted, &position)?;
        (state.ask_on(&tenant, &position, now).await?, Some(position))
    } else {
        let id = wanted.search_id.as_deref();
        let asked = state.ask(&tenant, wanted.query.clone(), id, now).await?;
        (asked, None)
    };
    let after = position.as_ref().map(place);
    let position = position.unwrap_or_else(|| PagePosition {
        snapshot: asked.imported.as_ref().map(|found| found.id.clone()),
        snapshot_made_at: asked.imported.as_ref().map(|found| found.made_at),
        is_outdated: asked.imported.as_ref().is_some_and(|found| found.is_outdated),
        group_by: Some(wanted.group_by.unwrap_or(GroupBy::ROWS)),
        ..PagePosition::of(asked.id.clone(), wanted.limit, now)
    });
    let by = position.group_by.unwrap_or(GroupBy::ROWS);
    let imported = asked.imported_for_query();
    let search = Search::new(&asked.query, imported.as_ref(), asked.own.as_deref());
    let mut reply = RowsReply::search(MediaType::Json, wanted.limit.rows());
    let moved = |Moved| Error::PageTokenExpired;
    let (next, total_rows, row_count) = if by.is_rows() {
        let rows = match &after {
            Some(after) => search.rows_after(after).map_err(moved)?,
            None => search.rows(),
        };
        (fill_with_rows(&mut reply, rows), search.total(), None)
    } else {
        let groups = search.groups(by)?;
        let first = match &after {
            Some(after) => groups.behind(after).map_err(moved)?,
            None => 0,
        };
        let next = fill_with_groups(&mut reply, &groups, first);
        (next, groups.total(), Some(groups.rows()))
    };
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, position, next, asked.own.as_ref(), now)
            .await?,
        searched_names: asked.query.searched_dest_resource_names(),
        total_rows,
        row_count,
    };
    Ok(reply.into_search(&page, &asked.members(state, &tenant, &search)))
}

/// A token goes on with the query and the fields that it was given for; a request may repeat them.
fn must_go_on(
    tenant: &model::account::AccountId,
    wanted: &GetPermissionsV4,
    position: &PagePosition,
) -> Result<(), Error> {
    let same_query = match &wanted.query {
        Some(query) => SearchId::of(tenant, &Query::parse(query)?.identity()) == position.search,
        None => true,
    };
    let same_fields = wanted.group_by.is_none() || wanted.group_by == position.group_by;
    if position.group_by.is_some() && same_query && same_fields {
        Ok(())
    } else {
        Err(Error::InvalidPageToken)
    }
}

fn fill_with_rows(reply: &mut RowsReply, mut rows: Rows<'_, '_>) -> Option<Position> {
    while !reply.is_full()
        && let Some(item) = rows.current_item()
        && reply.push_item(&item)
    {
        rows.advance();
    }
    rows.position()
}

/// Adds groups from a number on.
fn fill_with_groups(reply: &mut RowsReply, groups: &Groups<'_>, first: u64) -> Option<Position> {
    let mut next = first;
    while !reply.is_full()
        && let Some(item) = groups.get(next)
        && reply.push_item(&item)
    {
        next = next.saturating_add(1);
    }
    groups.position(next)
}
