//! From the documents in the bucket to the snapshot in force.
//!
//! An import compares what lies in the bucket below a tenant with the manifest and takes in whatever is different, so
//! that events may come late, twice, out of order or not at all. Only a document that an event names is taken for
//! removed when it is not there: a bucket that was emptied by accident leaves everything in force.

use std::collections::{BTreeMap, BTreeSet};

use api::Event;
use aws::{AccessError, InventoryBucket};
use inventory::Place;
use jiff::Timestamp;
use model::account::AccountId;
use model::inventory::{Document, Manifest, ObjectVersion, Refused};
use store::{Permissions, StoreError};

use super::Objects;
use super::compile::{Compilation, CompileError, publish};
use super::reading::{Reading, candidate};

/// Documents of one tenant: more would not fit the manifest, which is one item.
const MOST_DOCUMENTS: usize = 1_000;

/// Attempts while others import for the same tenant. Whoever is overtaken finds the work of the other done.
const ATTEMPTS: u32 = 20;

/// What the function works with.
#[derive(Debug)]
pub struct State<O = InventoryBucket> {
    /// The table.
    pub table: Permissions,
    /// The bucket.
    pub bucket: O,
}

/// Why an import has to be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The table.
    #[error("the table cannot be used")]
    Store(#[from] StoreError),
    /// The bucket.
    #[error("the bucket cannot be read")]
    Bucket(#[from] AccessError),
    /// Others kept importing.
    #[error("other imports kept coming first")]
    Contended,
    /// The documents in force make no snapshot any more.
    #[error("the documents in force make no snapshot")]
    InForce(#[from] CompileError),
}

/// Takes in what has changed below the tenants that the event names.
///
/// # Errors
/// [`ImportError`]: the event comes again.
pub async fn handle<O: Objects>(state: &State<O>, event: Event) -> Result<(), ImportError> {
    let mut tenants: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
    let keys = event.object_keys();
    for key in &keys {
        let place = Place::of(key).and_then(|place| Some((place.tenant.parse().ok()?, place.name)));
        let Some((tenant, name)) = place else {
            tracing::warn!("an object lies outside of every tenant's folder, and is ignored");
            continue;
        };
        tenants.entry(tenant).or_default().insert(name.to_owned());
    }
    for (tenant, names) in &tenants {
        import(state, tenant, names, event.received_at()).await?;
    }
    Ok(())
}

/// What became of one attempt.
enum Attempt {
    /// Everything is as the bucket says.
    Done,
    /// Another import came first, or there is more to do.
    Again,
    /// Documents that do not go together with others: the next attempt leaves them out.
    Barred(Vec<(String, String)>),
}

async fn import<O: Objects>(
    state: &State<O>,
    tenant: &AccountId,
    named: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), ImportError> {
    let mut barred = BTreeMap::new();
    let mut attempts = 0;
    while attempts < ATTEMPTS {
        match attempt(state, tenant, named, &barred, now).await? {
            Attempt::Done => return Ok(()),
            Attempt::Again => {
                barred.clear();
                attempts += 1;
            }
            // Not counted: there are more of them every time, and not more than documents.
            Attempt::Barred(documents) => barred.extend(documents),
        }
    }
    Err(ImportError::Contended)
}

/// The manifest is read before the bucket. Whoever replaces the manifest afterwards has therefore seen a bucket at
/// least as new as whoever replaced it before.
async fn attempt<O: Objects>(
    state: &State<O>,
    tenant: &AccountId,
    named: &BTreeSet<String>,
    barred: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Attempt, ImportError> {
    let table = &state.table;
    let (manifest, seen) = table.manifest(tenant).await?;
    let found = objects(&state.bucket, tenant).await?;
    let is_gone = |name: &&String| !found.contains_key(*name) && manifest.document(name).is_some();
    let removed: BTreeSet<&str> = named.iter().filter(is_gone).map(String::as_str).collect();
    let changed = changed(&manifest, &found);
    if removed.is_empty() && changed.is_empty() {
        return settle(table, tenant, &manifest, now).await;
    }
    let mut next = manifest.clone();
    let mut good = BTreeMap::new();
    for (name, version) in changed {
        let before = manifest.document(name);
        let reading = match barred.get(name) {
            Some(message) => Some(Reading::conflict(version, message, now)),
            None => candidate(state, tenant, name, version, now).await?,
        };
        match reading {
            // It has gone since it was listed; an event will tell.
            None => {}
            Some(Reading::Good(part, accepted)) => {
                good.insert(name, (part, accepted));
            }
            Some(Reading::Refused(refused)) => {
                let refused = Refused {
                    conflict: refused.conflict.map(|_| manifest.revision),
                    ..refused
                };
                next = next.with(Document {
                    name: name.to_owned(),
                    accepted: before.and_then(|document| document.accepted.clone()),
                    refused: Some(refused),
                });
            }
        }
    }
    for name in &removed {
        next = next.without(name);
    }
    let is_out = |name: &str| removed.contains(name) || good.contains_key(name);
    if !manifest.accepted().any(|(name, _)| removed.contains(name)) && good.is_empty() {
        // The same documents are in force as before.
        let _overtaken = table.replace_manifest(tenant, &next, seen, now).await?;
        return Ok(Attempt::Again);
    }
    let mut compilation = match Compilation::of(table, tenant, &manifest, is_out).await {
        Ok(compilation) => compilation,
        Err(CompileError::Overtaken) => return Ok(Attempt::Again),
        Err(error) => return Err(error.into()),
    };
    let all_good: Vec<String> = good.keys().map(|name| (*name).to_owned()).collect();
    let mut by_age: Vec<_> = good.into_iter().collect();
    by_age.sort_by_key(|(name, (_, accepted))| (accepted.version.last_modified, *name));
    for (name, (part, accepted)) in by_age {
        if let Err(error) = compilation.add(name, part, accepted.version.last_modified) {
            return Ok(Attempt::Barred(vec![(name.to_owned(), error.to_string())]));
        }
        next = next.with(Document {
            name: name.to_owned(),
            accepted: Some(accepted),
            refused: None,
        });
    }
    let compiled = match compilation.finish() {
        Ok(compiled) => compiled,
        Err(error) if !all_good.is_empty() => {
            let all = all_good.into_iter().map(|name| (name, error.to_string()));
            return Ok(Attempt::Barred(all.collect()));
        }
        Err(error) => return Err(error.into()),
    };
    next.revision = next.revision.saturating_add(1);
    next.accounts = compiled
        .as_ref()
        .map_or_else(Vec::new, |compiled| compiled.accounts.clone());
    if !table.replace_manifest(tenant, &next, seen, now).await? {
        return Ok(Attempt::Again);
    }
    publish(table, tenant, compiled.as_ref(), next.revision, now).await?;
    tracing::info!(tenant = %tenant, revision = next.revision, "the documents of `{tenant}` have changed");
    // Once more: what a removed document kept out may be let in now, and what came meanwhile.
    Ok(Attempt::Again)
}

/// Makes the snapshot that an import did not come to make after it had replaced the manifest.
async fn settle(
    table: &Permissions,
    tenant: &AccountId,
    manifest: &Manifest,
    now: Timestamp,
) -> Result<Attempt, ImportError> {
    if table.published_revision(tenant).await? >= manifest.revision {
        return Ok(Attempt::Done);
    }
    let compilation = match Compilation::of(table, tenant, manifest, |_| false).await {
        Ok(compilation) => compilation,
        Err(CompileError::Overtaken) => return Ok(Attempt::Again),
        Err(error) => return Err(error.into()),
    };
    publish(
        table,
        tenant,
        compilation.finish()?.as_ref(),
        manifest.revision,
        now,
    )
    .await?;
    Ok(Attempt::Done)
}

/// The tenant's objects by name.
async fn objects(
    bucket: &impl Objects,
    tenant: &AccountId,
) -> Result<BTreeMap<String, ObjectVersion>, ImportError> {
    let found = bucket.list(&format!("{tenant}/")).await?;
    let documents = found.into_iter().filter_map(|(key, version)| {
        let name = Place::of(&key)?.name.to_owned();
        Some((name, version))
    });
    Ok(documents.collect())
}

/// The objects that the manifest does not know in this version, and those that were refused because of documents which
/// may not be in force any more.
fn changed<'o>(
    manifest: &Manifest,
    found: &'o BTreeMap<String, ObjectVersion>,
) -> Vec<(&'o str, &'o ObjectVersion)> {
    let is_changed = |document: &Document, version: &ObjectVersion| {
        let is_new = document.latest().is_none_or(|known| known.e_tag != version.e_tag);
        let conflict = document.refused.as_ref().and_then(|refused| refused.conflict);
        is_new || conflict.is_some_and(|revision| revision != manifest.revision)
    };
    let mut room = MOST_DOCUMENTS.saturating_sub(manifest.documents.len());
    let mut changed = Vec::new();
    for (name, version) in found {
        let is_wanted = match manifest.document(name) {
            Some(document) => is_changed(document, version),
            None if room == 0 => {
                tracing::warn!("a tenant has more than {MOST_DOCUMENTS} documents; the others are ignored");
                false
            }
            None => {
                room -= 1;
                true
            }
        };
        if is_wanted {
            changed.push((name.as_str(), version));
        }
    }
    changed
}
