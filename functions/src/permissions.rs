//! Permission search answers who can do what on what, over imported accounts and over the own grants of this stack.

mod asked;
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
pub mod simulate_permission;
pub mod suggest_query;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use api::permissions::{Error, RowsReply};
use api::{ParameterError, Request};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::access_policies::Deployment;
use model::account::AccountId;
use model::permissions::{Explain, SearchReply};
use permissions::row::Row;
use permissions::search::{Position, Rows};

use permissions::own::{HeldPolicy, OwnGrants};
use store::permissions::{InvalidId, PagePosition, SearchId, StackId, StoredSearch};
use store::{AccessPolicies, Permissions, Policies};

pub use self::imported_accounts::ImportedAccounts;
pub(crate) use self::imported_accounts::InForce;
use self::kept::Kept;
use crate::configuration::{ConfigurationError, required};

/// Policies that a function keeps; an account has at most 500.
const POLICIES: usize = 1_000;
/// Grants of former moments that a function keeps for pages.
const OWN_GRANTS: usize = 4;
/// Searches and grants of which a function remembers that they are stored.
const STORED: usize = 1_000;

/// How long what was stored needs not be stored again; far less than it is kept there.
const FRESH: SignedDuration = SignedDuration::from_hours(12);

/// What the operations need, and what a warm function has made before.
#[derive(Debug)]
pub struct State {
    imported: ImportedAccounts,
    policies: Policies,
    access_policies: AccessPolicies,
    deployment: Deployment,
    held_policies: Kept<(AccountId, String, u64), Arc<HeldPolicy>>,
    own_grants: Kept<(AccountId, StackId), Arc<OwnGrants>>,
    stored_searches: Kept<(AccountId, SearchId), Timestamp>,
    stored_own_grants: Kept<(AccountId, StackId), Timestamp>,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn connect() -> Result<Self, ConfigurationError> {
        let client = store::connect().await;
        let deployment = Deployment {
            partition: required("AWS_PARTITION")?,
            region: required("AWS_REGION")?,
        };
        Ok(Self::new(
            Permissions::new(client.clone(), required("PERMISSIONS_TABLE")?),
            Policies::new(client.clone(), required("POLICIES_TABLE")?),
            AccessPolicies::new(client, required("ACCESS_POLICIES_TABLE")?),
            deployment,
        ))
    }

    fn new(
        permissions: Permissions,
        policies: Policies,
        access_policies: AccessPolicies,
        deployment: Deployment,
    ) -> Self {
        Self {
            imported: ImportedAccounts::new(permissions),
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
            self.imported
                .permissions
                .keep_search(tenant, id, query, now)
                .await?;
            self.stored_searches.put(key, now);
        }
        Ok(())
    }

    /// The token of the page that begins at a place, if there is one; what it names is kept before it is given.
    /// `search` is what all pages have in common.
    async fn page_token(
        &self,
        tenant: &AccountId,
        search: PagePosition,
        place: Option<Position>,
        own: Option<&Arc<OwnGrants>>,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let Some(Position {
            of_snapshot,
            of_own,
            last,
        }) = place
        else {
            return Ok(None);
        };
        let stack = match own {
            Some(own) => Some(self.pin(tenant, own, now).await?),
            None => None,
        };
        let position = PagePosition {
            stack,
            of_snapshot,
            of_stack: of_own,
            last,
            ..search
        };
        Ok(Some(
            self.imported.permissions.page_token(tenant, &position).await?,
        ))
    }

    async fn pin(&self, tenant: &AccountId, own: &Arc<OwnGrants>, now: Timestamp) -> Result<StackId, Error> {
        let bytes = own
            .encode()
            .map_err(|fault| Error::Unexpected { source: fault.into() })?;
        let key = (tenant.clone(), StackId::of(&bytes));
        if !self
            .stored_own_grants
            .get(&key)
            .is_some_and(|at| is_fresh(at, now))
        {
            self.imported.permissions.pin_stack(tenant, &bytes, now).await?;
            self.stored_own_grants.put(key.clone(), now);
        }
        self.own_grants.put(key.clone(), Arc::clone(own));
        Ok(key.1)
    }
}

/// The table of searches, from the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub async fn searches() -> Result<Permissions, ConfigurationError> {
    Ok(Permissions::new(
        store::connect().await,
        required("PERMISSIONS_TABLE")?,
    ))
}

/// The id of a search in the path. What is not one is the id of no search.
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

/// Adds rows until the reply is full; the place behind the last one, if another one follows.
fn fill(reply: &mut RowsReply, mut rows: Rows<'_, '_>, explain: Explain) -> Option<Position> {
    while !reply.is_full()
        && let Some(row) = current(&mut rows, explain)
        && reply.push(&row)
    {
        rows.advance();
    }
    rows.position()
}

fn current<'p>(rows: &mut Rows<'_, 'p>, explain: Explain) -> Option<Row<'p>> {
    let mut row = rows.current(explain != Explain::Nothing)?;
    if explain == Explain::Policies
        && let Some(explanation) = &mut row.explanation
    {
        explanation.add_policies();
    }
    Some(row)
}

/// The UTC day of an instant.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn is_fresh(stored: Timestamp, now: Timestamp) -> bool {
    now.duration_since(stored) < FRESH
}
