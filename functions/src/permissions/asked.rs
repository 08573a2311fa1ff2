//! A query with everything that it is answered from: for a first page the data in force, for a further one those of the first.

use std::sync::Arc;

use api::Metric;
use api::permissions::Error;
use futures::try_join;
use jiff::Timestamp;
use model::account::AccountId;
use model::permissions::{SearchMembers, SnapshotReply};
use permissions::aws::{Cause, EffectivePermissions, Incompleteness};
use permissions::own::OwnGrants;
use permissions::search::{Clouds, Imported, KnownValues, Position, Search};
use rql::{Query, Warning};
use store::permissions::{InvalidId, Name, PagePosition, SearchId};

use super::imported_accounts::InForce;
use super::{State, day};

/// A query that is being answered
pub(super) struct Asked {
    /// As it was sent
    pub(super) text: String,
    pub(super) query: Query,
    pub(super) id: SearchId,
    clouds: Clouds,
    pub(super) imported: Option<InForce>,
    /// What is compiled of it
    effective: Option<Arc<EffectivePermissions>>,
    pub(super) own: Option<Arc<OwnGrants>>,
    /// When the first page was asked for
    first_page_at: Timestamp,
    /// The name under which the search is saved, when it was asked for by its id
    name: Option<Name>,
}

impl Asked {
    /// The imported accounts as the query looks at them.
    pub(super) fn imported_for_query(&self) -> Option<Imported<'_>> {
        let effective = self.effective()?;
        Some(Imported::of(effective, &self.query, day(self.first_page_at)))
    }

    fn effective(&self) -> Option<&EffectivePermissions> {
        self.effective.as_deref()
    }

    /// What a reply says beside its rows.
    pub(super) fn members(
        &self,
        state: &State,
        tenant: &AccountId,
        search: &Search<'_>,
    ) -> SearchMembers<'_, Warning, Incompleteness> {
        let mut known = KnownValues::new(
            state.imported.action_names(),
            self.effective(),
            self.own.as_deref(),
        );
        if self.clouds.aws {
            known = known.asking_for_imported_accounts(tenant.as_str());
        }
        let causes = self.incompleteness(search, &known);
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

    /// What could change the result. What this stack itself grants is known in full.
    fn incompleteness(&self, search: &Search<'_>, known: &KnownValues<'_>) -> Vec<Incompleteness> {
        if !self.clouds.aws {
            return Vec::new();
        }
        let mut causes = search.incompleteness(&self.query, known);
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
    /// A query over the data in force. Without a text it is the one of the search of that id; which query runs does not depend
    /// on the id otherwise, but the caller must have such a search.
    pub(super) async fn ask(
        &self,
        tenant: &AccountId,
        text: Option<String>,
        id: Option<&str>,
        now: Timestamp,
    ) -> Result<Asked, Error> {
        let wanted = match id {
            Some(id) => Some(self.stored_search(tenant, id, now).await?),
            None => None,
        };
        let text = match (text, &wanted) {
            (Some(text), _) => text,
            (None, Some((_, search))) => search.query.clone(),
            // The request was checked for one of both.
            (None, None) => return Err(Error::UnknownSearch),
        };
        let query = Query::parse(&text)?;
        let (id, clouds) = (SearchId::of(tenant, &query.identity()), Clouds::of(&query));
        let ((), imported, own) = try_join!(
            self.keep_search(tenant, &id, &text, now),
            self.imported.loaded(tenant, now, async |in_force| {
                self.imported.whole(tenant, &in_force.id, now).await
            }),
            self.own_grants(tenant, clouds),
        )?;
        let (imported, effective) = imported.unzip();
        api::about(id.as_str());
        if let Some(found) = &imported {
            let age = now.duration_since(found.made_at).as_secs();
            api::measure(Metric::SnapshotAge, u64::try_from(age).unwrap_or_default());
        }
        let name = wanted
            .filter(|(known, _)| *known == id)
            .and_then(|(_, search)| search.name);
        Ok(Asked {
            text,
            query,
            id,
            clouds,
            imported,
            effective,
            own,
            first_page_at: now,
            name,
        })
    }

    /// The query of a page token over the data of its first page.
    pub(super) async fn ask_on(
        &self,
        tenant: &AccountId,
        position: &PagePosition,
        now: Timestamp,
    ) -> Result<Asked, Error> {
        let expired = || Error::PageTokenExpired;
        api::about(position.search.as_str());
        let search = self
            .imported
            .permissions
            .search(tenant, &position.search, now)
            .await?
            .ok_or_else(expired)?;
        // It ran when the token was given. A release that no longer understands it has no further page.
        let Ok(query) = Query::parse(&search.query) else {
            return Err(expired());
        };
        let clouds = Clouds::of(&query);
        let imported = match &position.snapshot {
            Some(id) => {
                let manifest = self.imported.manifest(tenant, id, now).await?;
                let in_force = InForce {
                    id: id.clone(),
                    made_at: position.snapshot_made_at.unwrap_or(position.issued_at),
                    is_outdated: position.is_outdated,
                    manifest: manifest.ok_or_else(expired)?,
                };
                let effective = self.imported.whole(tenant, id, now).await?;
                Some((in_force, effective.ok_or_else(expired)?))
            }
            None => None,
        };
        let (imported, effective) = imported.unzip();
        let own = match &position.stack {
            Some(id) => Some(
                self.former_own_grants(tenant, id, clouds)
                    .await?
                    .ok_or_else(expired)?,
            ),
            None => None,
        };
        Ok(Asked {
            text: search.query,
            query,
            id: position.search.clone(),
            clouds,
            imported,
            effective,
            own,
            first_page_at: position.issued_at,
            name: search.name,
        })
    }

    /// The search of an id, as the caller wrote it.
    async fn stored_search(
        &self,
        tenant: &AccountId,
        id: &str,
        now: Timestamp,
    ) -> Result<(SearchId, store::permissions::StoredSearch), Error> {
        let id: SearchId = id.parse().map_err(|_id: InvalidId| Error::UnknownSearch)?;
        let search = self.imported.permissions.search(tenant, &id, now).await?;
        search.map(|search| (id, search)).ok_or(Error::UnknownSearch)
    }
}

/// Where a page begins in the order of the result.
pub(super) const fn place(position: &PagePosition) -> Position {
    Position {
        of_snapshot: position.of_snapshot,
        of_own: position.of_stack,
        last: position.last,
    }
}
