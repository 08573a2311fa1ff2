//! Permission search answers who can do what on what, over imported accounts and over the own grants of this stack.

mod at_once;
pub mod delete_search;
pub mod get_permissions;
pub mod get_permissions_next_page;
pub mod get_permissions_v4;
pub mod get_search;
mod imported_accounts;
mod kept;
pub mod list_searches;
mod parts;
pub mod save_search;
mod search;
mod search_over_shards;
pub mod search_shard;
mod shards;
pub mod simulate_permission;
pub mod suggest_query;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use api::permissions::{Error, MediaType, RowsReply};
use api::{ParameterError, Request};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::access_policies::Deployment;
use model::account::AccountId;
use model::permissions::SearchReply;
use permissions::shard::{MergedRow, MergedRows, Next, RowForm, RowsPart, ShardPositions};

use permissions::own::{HeldPolicy, OwnGrants};
use store::permissions::{InvalidId, OwnGrantsId, PagePosition, SearchId, StoredSearch};
use store::{AccessPolicies, Permissions, Policies};

pub use self::imported_accounts::ImportedAccounts;
pub(crate) use self::imported_accounts::InForce;
use self::kept::Kept;
use self::search::Search;
use self::search_over_shards::PageWanted;
pub use self::shards::SearchedAccounts;
use crate::configuration::{ConfigurationError, required};

/// Policies that a function keeps; an account has at most 500.
const POLICIES: usize = 1_000;
/// Grants of former moments that a function keeps for pages.
const OWN_GRANTS: usize = 4;
/// Searches and grants of which a function remembers that they are stored.
const STORED: usize = 1_000;

/// Says how long a stored value need not be stored again. That is far less than it is kept.
const FRESH: SignedDuration = SignedDuration::from_hours(12);

/// Holds what the operations need, and what a warm function has made before.
#[derive(Debug)]
pub struct State {
    accounts: SearchedAccounts,
    policies: Policies,
    access_policies: AccessPolicies,
    deployment: Deployment,
    held_policies: Kept<(AccountId, String, u64), Arc<HeldPolicy>>,
    own_grants: Kept<(AccountId, OwnGrantsId), Arc<OwnGrants>>,
    stored_searches: Kept<(AccountId, SearchId), Timestamp>,
    stored_own_grants: Kept<(AccountId, OwnGrantsId), Timestamp>,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let client = store::connect();
        let deployment = Deployment {
            partition: required("AWS_PARTITION")?,
            region: required("AWS_REGION")?,
        };
        Ok(Self::new(
            SearchedAccounts::connect()?,
            Policies::new(client.clone(), required("POLICIES_TABLE")?),
            AccessPolicies::new(client, required("ACCESS_POLICIES_TABLE")?),
            deployment,
        ))
    }

    fn new(
        accounts: SearchedAccounts,
        policies: Policies,
        access_policies: AccessPolicies,
        deployment: Deployment,
    ) -> Self {
        Self {
            accounts,
            policies,
            access_policies,
            deployment,
            held_policies: Kept::new(POLICIES),
            own_grants: Kept::new(OWN_GRANTS),
            stored_searches: Kept::new(STORED),
            stored_own_grants: Kept::new(STORED),
        }
    }

    /// Keeps the search, unless this function has done so not long ago.
    async fn keep_search(
        &self,
        tenant: &AccountId,
        id: &SearchId,
        query: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let key = (tenant.clone(), id.clone());
        if !self.stored_searches.get(&key).is_some_and(|at| is_fresh(at, now)) {
            let permissions = &self.accounts.imported.permissions;
            permissions.keep_search(tenant, id, query, now).await?;
            self.stored_searches.put(key, now);
        }
        Ok(())
    }

    /// Makes the token of the page that begins at a place, if there is such a page. What the token names is stored
    /// first. `search` holds what all pages have in common.
    async fn page_token(
        &self,
        tenant: &AccountId,
        search: PagePosition,
        place: Option<ShardPositions>,
        own: Option<&Arc<OwnGrants>>,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let Some(place) = place else {
            return Ok(None);
        };
        let permissions = &self.accounts.imported.permissions;
        let own_grants = match own {
            Some(own) => Some(self.pin(tenant, own, now).await?),
            None => None,
        };
        // The token has room for one number, but not for the numbers of a hundred shards.
        let (of_snapshot, positions) = match place.of_shards.as_slice() {
            [] => (0, None),
            [one] => (*one, None),
            several => {
                let bytes = place
                    .encode()
                    .map_err(|fault| Error::Unexpected { source: fault.into() })?;
                let id = permissions.pin_positions(tenant, &bytes, now).await?;
                (several.iter().sum(), Some(id))
            }
        };
        let position = PagePosition {
            own_grants,
            of_snapshot,
            positions,
            of_own: place.of_own,
            last: place.last.unwrap_or_default(),
            ..search
        };
        Ok(Some(permissions.page_token(tenant, &position).await?))
    }

    /// Returns where the page of a token begins, shard by shard.
    async fn place(&self, tenant: &AccountId, position: &PagePosition) -> Result<ShardPositions, Error> {
        let Some(id) = &position.positions else {
            let of_snapshot = position.snapshot.as_ref().map(|_| position.of_snapshot);
            return Ok(ShardPositions {
                of_shards: of_snapshot.into_iter().collect(),
                of_own: position.of_own,
                last: Some(position.last),
            });
        };
        let permissions = &self.accounts.imported.permissions;
        let bytes = permissions.pinned_positions(tenant, id).await?;
        let place = bytes.and_then(|bytes| ShardPositions::decode(&bytes).ok());
        place.ok_or(Error::PageTokenExpired)
    }

    async fn pin(
        &self,
        tenant: &AccountId,
        own: &Arc<OwnGrants>,
        now: Timestamp,
    ) -> Result<OwnGrantsId, Error> {
        let bytes = own
            .encode()
            .map_err(|fault| Error::Unexpected { source: fault.into() })?;
        let key = (tenant.clone(), OwnGrantsId::of(&bytes));
        if !self
            .stored_own_grants
            .get(&key)
            .is_some_and(|at| is_fresh(at, now))
        {
            let permissions = &self.accounts.imported.permissions;
            permissions.pin_own_grants(tenant, &bytes, now).await?;
            self.stored_own_grants.put(key.clone(), now);
        }
        self.own_grants.put(key.clone(), Arc::clone(own));
        Ok(key.1)
    }
}

/// Opens the table of searches, from the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn searches() -> Result<Permissions, ConfigurationError> {
    Ok(Permissions::new(store::connect(), required("PERMISSIONS_TABLE")?))
}

/// Reads the id of a search from the path. A text that is not an id is treated as the id of a search that does not
/// exist.
fn search_id(request: &Request) -> Result<SearchId, Error> {
    let id = request
        .path("searchId")
        .map_err(|_parameter: ParameterError| Error::UnknownSearch)?;
    id.parse().map_err(|_id: InvalidId| Error::UnknownSearch)
}

fn search_reply<'r>(id: &'r SearchId, search: &'r StoredSearch) -> SearchReply<'r> {
    let name = search.name.as_ref();
    let name = name.map(|name| (name.name.as_str(), name.description.as_str()));
    SearchReply::new(id.as_str(), &search.query, name)
}

/// Adds rows until the reply is full; the total, and the place behind the last row, if another one follows. `parts` are the first
/// replies of the shards behind `after`.
async fn fill(
    reply: &mut RowsReply,
    search: &Search<'_>,
    parts: Vec<RowsPart>,
    (after, page): (&ShardPositions, PageWanted),
) -> Result<(u64, Option<ShardPositions>), Error> {
    let expired = || Error::PageTokenExpired;
    let mut rows = MergedRows::new(parts, search.own(), after).map_err(|_moved| expired())?;
    while !reply.is_full() {
        let added = match rows.next() {
            Next::End => break,
            Next::Wanted(place) => {
                let Some(search) = &search.over_shards else { break };
                let page = PageWanted {
                    limit: reply.room(),
                    ..page
                };
                let part = search.more_rows(place, rows.taken(place), page).await?;
                // The snapshot existed a moment ago.
                let part = part.ok_or(Error::Compiling)?;
                rows.feed(place, part).map_err(|_moved| expired())?;
                continue;
            }
            Next::Row if page.form == RowForm::Item => match rows.own_item() {
                Some(item) => reply.push_item(&item),
                None => push_row(reply, &rows),
            },
            Next::Row => push_row(reply, &rows),
        };
        if !added {
            break;
        }
        rows.advance();
    }
    Ok((rows.total(), rows.position()))
}

fn push_row(reply: &mut RowsReply, rows: &MergedRows<'_>) -> bool {
    match rows.row() {
        Some(MergedRow::Written(text)) => reply.push_written(text),
        Some(MergedRow::Own(row)) => reply.push(&row),
        None => false,
    }
}

/// Returns how shards write rows for a reply.
const fn form(media_type: MediaType) -> RowForm {
    match media_type {
        MediaType::Json | MediaType::PlainJson => RowForm::Json,
        MediaType::Csv => RowForm::Csv,
        MediaType::Ndjson => RowForm::Ndjson,
    }
}

/// Returns the UTC day of an instant.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn is_fresh(stored: Timestamp, now: Timestamp) -> bool {
    now.duration_since(stored) < FRESH
}
