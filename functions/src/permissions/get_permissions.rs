//! `POST /api/v1/permission`

use api::permissions::{Error, MediaType, RowsReply, body};
use api::{Metric, Reply, Request};
use futures::try_join;
use jiff::Timestamp;
use model::account::AccountId;
use model::permissions::{GetPermissions, PageMembers, SearchMembers, SnapshotReply};
use permissions::aws::NOT_EVALUATED;
use permissions::search::{Clouds, Imported, KnownValues, Search};
use rql::Query;
use store::permissions::{PagePosition, SearchId};

use super::{State, day, fill};

/// Runs a query and answers its first rows, with the exact number of all and, if more follow, a token for them.
///
/// # Errors
/// Those of the operation.
pub async fn handle(state: &State, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = GetPermissions::from_request(body(&request)?)?;
    let query = Query::parse(&wanted.query)?;
    if let Some(id) = &wanted.id {
        must_exist(state, &tenant, id, now).await?;
    }
    let (id, clouds) = (SearchId::of(&tenant, &query.identity()), Clouds::of(&query));
    let ((), in_force, own) = try_join!(
        state.keep_search(&tenant, &id, &wanted.query, now),
        state.imported.snapshot_in_force(&tenant, now),
        state.own_grants(&tenant, clouds),
    )?;
    api::about(id.as_str());
    if let Some(found) = &in_force {
        let age = now.duration_since(found.made_at).as_secs();
        api::measure(Metric::SnapshotAge, u64::try_from(age).unwrap_or_default());
    }
    let effective = in_force.as_ref().map(|found| &*found.effective);
    let imported = effective.map(|effective| Imported::of(effective, &query, day(now)));
    let search = Search::new(&query, imported.as_ref(), own.as_deref());
    let mut reply = RowsReply::search(MediaType::of_search(&request), wanted.limit.rows());
    let place = fill(&mut reply, search.rows(), wanted.explain);
    let of_search = PagePosition {
        snapshot: in_force.as_ref().map(|found| found.id.clone()),
        explain: wanted.explain,
        ..PagePosition::of(id.clone(), wanted.limit, now)
    };
    let page = PageMembers {
        next_page_token: state
            .page_token(&tenant, of_search, place, own.as_ref(), now)
            .await?,
        searched_names: query.searched_dest_resource_names(),
        total_rows: search.total(),
    };
    let not_evaluated = if clouds.aws {
        NOT_EVALUATED.to_vec()
    } else {
        Vec::new()
    };
    let mut known = KnownValues::new(&state.imported.action_names, effective, own.as_deref());
    if clouds.aws {
        known = known.asking_for_imported_accounts(tenant.as_str());
    }
    let members = SearchMembers::new(id.as_str(), &wanted.query)
        .with_warnings(query.warnings(&known))
        .with_not_evaluated(not_evaluated)
        .with_snapshot(in_force.as_ref().map(|found| SnapshotReply {
            id: found.id.as_str(),
            created_at: found.made_at.to_string(),
            is_outdated: found.is_outdated,
        }));
    Ok(reply.into_search(&page, &members))
}

/// A search that is run again must be one of the tenant; which query runs does not depend on it.
async fn must_exist(state: &State, tenant: &AccountId, id: &str, now: Timestamp) -> Result<(), Error> {
    let known = match id.parse::<SearchId>() {
        Ok(id) => state.imported.permissions.search(tenant, &id, now).await?,
        Err(_) => None,
    };
    known.map(|_| ()).ok_or(Error::UnknownSearch)
}
