//! A search: a query with everything that its reply is made from. For a first page these are the data in force, for a further one those of the first.

use std::sync::Arc;

use api::Metric;
use api::permissions::Error;
use futures::try_join;
use jiff::Timestamp;
use model::account::AccountId;
use model::permissions::{GroupBy, SearchMembers, SnapshotReply};
use permissions::aws::{Cause, Incompleteness};
use permissions::own::OwnGrants;
use permissions::row::AccountNames;
use permissions::search::{Clouds, ImportedValues, KnownValues, incompleteness};
use permissions::shard::{Notes, RowsPart, ShardPositions};
use rql::{Query, Warning};
use store::permissions::{InvalidId, Name, PagePosition, SearchId};

use super::imported_accounts::InForce;
use super::search_over_shards::{PageWanted, SearchOverShards};
use super::{State, day};

/// Says what of a result is wanted
#[derive(Debug, Clone, Copy)]
pub(super) enum ResultWanted {
    Rows(PageWanted),
    Groups(GroupBy),
}

/// Holds the first replies of shards
#[derive(Debug)]
pub(super) enum Found {
    Rows(Vec<RowsPart>),
    /// Replies, one or more of each shard
    Groups(Vec<Vec<u8>>),
}

impl Found {
    /// Returns the rows, if rows were wanted.
    pub(super) fn rows(self) -> Vec<RowsPart> {
        match self {
            Self::Rows(parts) => parts,
            Self::Groups(_) => Vec::new(),
        }
    }
}

/// A query that runs, with the data that it runs over
#[derive(Debug)]
pub(super) struct Search<'s> {
    /// The query as it was sent
    pub(super) text: String,
    pub(super) query: Query,
    pub(super) id: SearchId,
    clouds: Clouds,
    pub(super) imported: Option<InForce>,
    /// Absent when nothing is imported
    pub(super) over_shards: Option<SearchOverShards<'s>>,
    pub(super) own: Option<Arc<OwnGrants>>,
    notes: Notes,
    no_names: AccountNames,
    /// The name under which the search is saved, when it was asked for by its id
    name: Option<Name>,
}

impl Search<'_> {
    /// Returns the own grants as the query looks at them.
    pub(super) fn own(&self) -> Option<(&OwnGrants, &Query, &AccountNames)> {
        let over_shards = self.over_shards.as_ref();
        let names = over_shards.map_or(&self.no_names, |search| search.shards.facts.account_names());
        self.own.as_deref().map(|own| (own, &self.query, names))
    }

    /// Returns what a reply says beside its rows.
    pub(super) fn members(
        &self,
        state: &State,
        tenant: &AccountId,
    ) -> SearchMembers<'_, Warning, Incompleteness> {
        let facts = self.over_shards.as_ref().map(|search| &*search.shards.facts);
        let values = facts.map(|facts| ImportedValues::of_query(facts, &self.query, &self.notes.values));
        let names = state.accounts.imported.action_names();
        let mut known = KnownValues::new(names, values.as_ref(), self.own.as_deref());
        if self.clouds.aws {
            known = known.asking_for_imported_accounts(tenant.as_str());
        }
        let causes = self.incompleteness(&known);
        let not_evaluated = causes.iter().filter_map(|one| one.code.not_evaluated());
        let not_evaluated = not_evaluated.collect();
        let members = SearchMembers::new(self.id.as_str(), &self.text)
            .with_warnings(self.query.warnings(&known))
            .with_incompleteness(causes, not_evaluated)
            .with_snapshot(self.imported.as_ref().map(|found| SnapshotReply {
                id: found.id.as_str(),
                created_at: found.made_at.to_string(),
                is_outdated: found.is_outdated,
            }));
        match &self.name {
            Some(Name { name, description }) => members.saved_as(name, description),
            None => members,
        }
    }

    /// Returns what could change the result. What this stack itself grants is known in full.
    fn incompleteness(&self, known: &KnownValues<'_>) -> Vec<Incompleteness> {
        if !self.clouds.aws {
            return Vec::new();
        }
        let imported = self.over_shards.as_ref();
        let imported = imported.map(|search| (self.notes.causes.as_slice(), &*search.shards.facts));
        let mut causes = incompleteness(&self.query, known, imported);
        if self.imported.as_ref().is_some_and(|found| found.is_outdated) {
            causes.push(Incompleteness {
                code: Cause::SnapshotOutdated,
                message: "the newest documents are being compiled, and a former snapshot was searched; ask again in a minute".to_owned(),
            });
            causes.sort_by_key(|one| one.code);
        }
        causes
    }
}

impl State {
    /// Runs a query over the data in force, and returns the first replies of shards. Without a text, it runs the query of
    /// the search with that id. With a text, the id does not change which query runs, but the caller must have such a
    /// search.
    pub(super) async fn search<'s>(
        &'s self,
        tenant: &'s AccountId,
        (text, id): (Option<String>, Option<&str>),
        wanted: ResultWanted,
        now: Timestamp,
    ) -> Result<(Search<'s>, Found), Error> {
        let named = match id {
            Some(id) => Some(self.stored_search(tenant, id, now).await?),
            None => None,
        };
        let text = match (text, &named) {
            (Some(text), _) => text,
            (None, Some((_, search))) => search.query.clone(),
            // The request was checked: it has a text or an id.
            (None, None) => return Err(Error::UnknownSearch),
        };
        let query = Query::parse(&text)?;
        let (id, clouds) = (SearchId::of(tenant, &query.identity()), Clouds::of(&query));
        let begin = async |in_force: &InForce| {
            let Some(shards) = self.accounts.shards(tenant, in_force, now).await? else {
                return Ok(None);
            };
            let Some(search) = SearchOverShards::begin(shards, &query, &text, day(now)).await? else {
                return Ok(None);
            };
            let found = first(&search, wanted, &[], Some(&query)).await?;
            Ok(found.map(|found| (search, found)))
        };
        let ((), imported, own) = try_join!(
            self.keep_search(tenant, &id, &text, now),
            self.accounts.imported.loaded(tenant, now, begin),
            self.own_grants(tenant, clouds),
        )?;
        let (imported, searched) = imported.unzip();
        let (over_shards, found) = searched.unzip();
        let (found, notes) = found.unwrap_or_else(|| (nothing(wanted), Notes::default()));
        api::about(id.as_str());
        if let Some(found) = &imported {
            let age = now.duration_since(found.made_at).as_secs();
            api::measure(Metric::SnapshotAge, u64::try_from(age).unwrap_or_default());
        }
        let name = named
            .filter(|(known, _)| *known == id)
            .and_then(|(_, search)| search.name);
        let search = Search {
            text,
            query,
            id,
            clouds,
            imported,
            over_shards,
            own,
            notes,
            no_names: AccountNames::default(),
            name,
        };
        Ok((search, found))
    }

    /// Runs the query of a page token over the data of its first page, and returns the first replies of shards. Notes on
    /// the query come with it when the reply repeats them.
    pub(super) async fn continue_search<'s>(
        &'s self,
        tenant: &'s AccountId,
        (position, after): (&PagePosition, &mut ShardPositions),
        (wanted, has_notes): (ResultWanted, bool),
        now: Timestamp,
    ) -> Result<(Search<'s>, Found), Error> {
        let expired = || Error::PageTokenExpired;
        api::about(position.search.as_str());
        let permissions = &self.accounts.imported.permissions;
        let stored = permissions.search(tenant, &position.search, now).await?;
        let stored = stored.ok_or_else(expired)?;
        // The query ran when the token was issued. A release that does not understand the query any more has no further
        // page.
        let Ok(query) = Query::parse(&stored.query) else {
            return Err(expired());
        };
        let clouds = Clouds::of(&query);
        let own = match &position.own_grants {
            Some(id) => Some(
                self.former_own_grants(tenant, id, clouds)
                    .await?
                    .ok_or_else(expired)?,
            ),
            None => None,
        };
        let mut search = Search {
            text: stored.query,
            query,
            id: position.search.clone(),
            clouds,
            imported: None,
            over_shards: None,
            own,
            notes: Notes::default(),
            no_names: AccountNames::default(),
            name: stored.name,
        };
        let Some(id) = &position.snapshot else {
            return Ok((search, nothing(wanted)));
        };
        let manifest = self.accounts.imported.manifest(tenant, id, now).await?;
        let snapshot = InForce {
            id: id.clone(),
            made_at: position.snapshot_made_at.unwrap_or(position.issued_at),
            is_outdated: position.is_outdated,
            manifest: manifest.ok_or_else(expired)?,
        };
        let shards = self.accounts.shards(tenant, &snapshot, now).await?;
        let today = day(position.issued_at);
        let over_shards =
            SearchOverShards::begin(shards.ok_or_else(expired)?, &search.query, &search.text, today).await?;
        let over_shards = over_shards.ok_or_else(expired)?;
        // The token of a search over one shard has no positions of shards.
        if after.of_shards.len() == 1 && over_shards.possible() == 0 {
            after.of_shards.clear();
        }
        let notes_on = has_notes.then_some(&search.query);
        let found = first(&over_shards, wanted, &after.of_shards, notes_on).await?;
        let (found, notes) = found.ok_or_else(expired)?;
        (search.notes, search.over_shards, search.imported) = (notes, Some(over_shards), Some(snapshot));
        Ok((search, found))
    }

    /// Reads the search of an id, as the caller wrote it.
    async fn stored_search(
        &self,
        tenant: &AccountId,
        id: &str,
        now: Timestamp,
    ) -> Result<(SearchId, store::permissions::StoredSearch), Error> {
        let id: SearchId = id.parse().map_err(|_id: InvalidId| Error::UnknownSearch)?;
        let search = self
            .accounts
            .imported
            .permissions
            .search(tenant, &id, now)
            .await?;
        search.map(|search| (id, search)).ok_or(Error::UnknownSearch)
    }
}

/// Returns the first replies of shards.
async fn first(
    search: &SearchOverShards<'_>,
    wanted: ResultWanted,
    after: &[u64],
    notes_on: Option<&Query>,
) -> Result<Option<(Found, Notes)>, Error> {
    Ok(match wanted {
        ResultWanted::Rows(page) => {
            let found = search.rows(after, page, notes_on).await?;
            found.map(|(parts, notes)| (Found::Rows(parts), notes))
        }
        ResultWanted::Groups(by) => {
            let found = search.groups(by, notes_on).await?;
            found.map(|(replies, notes)| (Found::Groups(replies), notes))
        }
    })
}

const fn nothing(wanted: ResultWanted) -> Found {
    match wanted {
        ResultWanted::Rows(_) => Found::Rows(Vec::new()),
        ResultWanted::Groups(_) => Found::Groups(Vec::new()),
    }
}
