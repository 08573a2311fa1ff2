//! `POST /iam/api/v4/search/permission` runs a query, or returns a further page, in the form of version 4.

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Reply, Request};
use model::permissions::{Explain, GetPermissionsV4, GroupBy, PageMembers};
use permissions::group::{GroupPosition, Groups};
use permissions::shard::{Moved, RowForm, ShardPositions, ShardReply, merged};
use rql::Query;
use store::permissions::{PagePosition, SearchId};

use super::search::{Found, ResultWanted, Search};
use super::search_over_shards::PageWanted;
use super::shards::read;
use super::{State, fill};

/// Runs a query and returns the groups of its rows, or the rows themselves when nothing or everything is grouped by.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let limit = request.query("limit")?;
    let wanted = GetPermissionsV4::from_request(body(&request)?, limit)?;
    let mut reply = RowsReply::search(MediaType::Json, wanted.limit.rows());
    let page = PageWanted {
        form: RowForm::Item,
        explain: Explain::Nothing,
        limit: reply.room(),
    };
    let result = |by: GroupBy| {
        if by.is_rows() {
            ResultWanted::Rows(page)
        } else {
            ResultWanted::Groups(by)
        }
    };
    let (search, found, position, after) = if let Some(token) = &wanted.next_page_token {
        let permissions = &state.accounts.imported.permissions;
        let position = permissions.page_position(&tenant, token).await??;
        must_go_on(&tenant, &wanted, &position)?;
        let mut after = state.place(&tenant, &position).await?;
        let result = result(position.group_by.unwrap_or(GroupBy::ROWS));
        // The futures are boxed, because they are large.
        let search = Box::pin(state.continue_search(&tenant, (&position, &mut after), (result, true), now));
        let (search, found) = search.await?;
        (search, found, position, after)
    } else {
        let by = wanted.group_by.unwrap_or(GroupBy::ROWS);
        let query = (wanted.query.clone(), wanted.search_id.as_deref());
        let search = Box::pin(state.search(&tenant, query, result(by), now));
        let (search, found) = search.await?;
        let position = PagePosition {
            snapshot: search.imported.as_ref().map(|found| found.id.clone()),
            snapshot_made_at: search.imported.as_ref().map(|found| found.made_at),
            is_outdated: search.imported.as_ref().is_some_and(|found| found.is_outdated),
            group_by: Some(by),
            ..PagePosition::of(search.id.clone(), wanted.limit, now)
        };
        (search, found, position, ShardPositions::default())
    };
    let by = position.group_by.unwrap_or(GroupBy::ROWS);
    let (next, total_rows, row_count) = match found {
        Found::Rows(parts) => {
            let (total, next) = fill(&mut reply, &search, parts, (&after, page)).await?;
            (next, total, None)
        }
        Found::Groups(replies) => {
            let groups = groups(&search, by, &replies)?;
            let first = first_group(&groups, &position, after.last.is_some())?;
            let next = fill_with_groups(&mut reply, &groups, first);
            (next, groups.total(), Some(groups.rows()))
        }
    };
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, position, next, search.own.as_ref(), now)
            .await?,
        searched_names: search.query.searched_dest_resource_names(),
        total_rows,
        row_count,
    };
    Ok(reply.into_search(&page, &search.members(state, &tenant)))
}

/// Checks that a token goes on with the query and the fields that it was issued for. A request may repeat them.
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

/// Merges the groups of all shards and of own grants.
fn groups<'a>(search: &'a Search<'_>, by: GroupBy, replies: &'a [Vec<u8>]) -> Result<Groups<'a>, Error> {
    let mut counted = Vec::new();
    for bytes in replies {
        if let ShardReply::Groups(part) = read(bytes)? {
            counted.extend(part.groups);
        }
    }
    Ok(merged(by, counted, search.own())?)
}

/// Returns the number of the first group of a page.
fn first_group(groups: &Groups<'_>, position: &PagePosition, goes_on: bool) -> Result<u64, Error> {
    if !goes_on {
        return Ok(0);
    }
    let after = GroupPosition {
        before: position.of_snapshot,
        last: position.last,
    };
    groups.behind(after).map_err(|Moved| Error::PageTokenExpired)
}

/// Adds groups from a number on.
fn fill_with_groups(reply: &mut RowsReply, groups: &Groups<'_>, first: u64) -> Option<ShardPositions> {
    let mut next = first;
    while !reply.is_full()
        && let Some(item) = groups.get(next)
        && reply.push_item(&item)
    {
        next = next.saturating_add(1);
    }
    // Groups are counted over all shards together.
    groups.position(next).map(|position| ShardPositions {
        of_shards: vec![position.before],
        of_own: 0,
        last: Some(position.last),
    })
}
