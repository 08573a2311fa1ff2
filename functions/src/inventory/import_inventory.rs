//! Turns the documents in the bucket into the snapshot in force.
//!
//! An import compares what lies in the bucket below a tenant with the manifest and takes in everything that is different, so
//! that events may come late, twice, out of order or not at all. Only a document that an event names is taken for
//! removed when it is not there: a bucket that was emptied by accident leaves everything in force.

use std::collections::{BTreeMap, BTreeSet};

use api::{Event, Metric};
use aws::{AccessError, InventoryBucket};
use inventory::stored::{FORM, StoredError};
use inventory::{DocumentKey, ShardSize};
use jiff::Timestamp;
use model::account::AccountId;
use model::inventory::{Document, Manifest, ObjectVersion, Refused};
use store::{Permissions, StoreError};

use super::candidates::{Candidate, change, choose};
use super::check::{CheckError, Checked, check};
use super::compile::{Compilation, CompileError, compile_anew, publish};
use super::new_snapshot::Before;

/// Documents of one tenant: three for each of 1,000 accounts and some more. Each import lists them all.
const MOST_DOCUMENTS: usize = 5_000;

/// Attempts while others import for the same tenant. Whoever is overtaken finds the work of the other done.
const ATTEMPTS: u32 = 20;

/// The clients and settings that the function works with.
#[derive(Debug)]
pub struct State {
    /// The table that has the manifest, the texts and the snapshots.
    pub table: Permissions,
    /// The bucket that people and the collector put documents into.
    pub bucket: InventoryBucket,
    /// Says how much a shard holds.
    pub size: ShardSize,
}

/// Says why an import has to be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The table cannot be used.
    #[error("the table cannot be used")]
    Store(#[from] StoreError),
    /// The bucket cannot be read.
    #[error("the bucket cannot be read")]
    Bucket(#[from] AccessError),
    /// Memory ran out.
    #[error("a document cannot be held")]
    Pack(#[from] StoredError),
    /// Other imports kept coming first.
    #[error("other imports kept coming first")]
    Contended,
    /// The documents in force cannot be made into a snapshot any more.
    #[error("the documents in force cannot be made into a snapshot")]
    InForce(#[from] CompileError),
}

impl From<CheckError> for ImportError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Store(error) => Self::Store(error),
            CheckError::Bucket(error) => Self::Bucket(error),
            CheckError::Pack(error) => Self::Pack(error),
        }
    }
}

/// Takes in what has changed below the tenants that the event names.
///
/// # Errors
/// [`ImportError`]: the event comes again.
pub async fn handle(state: &State, event: Event) -> Result<(), ImportError> {
    let mut tenants: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
    let keys = event.object_keys();
    for key in &keys {
        let document = DocumentKey::parse(key).and_then(|key| Some((key.tenant.parse().ok()?, key.name)));
        let Some((tenant, name)) = document else {
            tracing::warn!("an object lies outside of every tenant's folder, and is ignored");
            continue;
        };
        tenants.entry(tenant).or_default().insert(name.to_owned());
    }
    for (tenant, names) in &tenants {
        api::on_behalf_of(tenant);
        for name in names {
            api::about(format!("{tenant}/{name}"));
        }
        import(state, tenant, names, event.received_at()).await?;
    }
    Ok(())
}

/// Says what became of one attempt.
enum Attempt {
    /// Everything is as the bucket says.
    Done,
    /// Another import came first, or there is more to do.
    Again,
}

async fn import(
    state: &State,
    tenant: &AccountId,
    named: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), ImportError> {
    for _attempt in 0..ATTEMPTS {
        match attempt(state, tenant, named, now).await? {
            Attempt::Done => return Ok(()),
            Attempt::Again => {}
        }
    }
    Err(ImportError::Contended)
}

/// Reads the manifest and then the bucket. So whoever replaces the manifest later has seen a bucket that is at least as
/// new as the bucket of whoever replaced it before.
async fn attempt(
    state: &State,
    tenant: &AccountId,
    named: &BTreeSet<String>,
    now: Timestamp,
) -> Result<Attempt, ImportError> {
    let table = &state.table;
    let (manifest, seen) = table.manifest(tenant).await?;
    let found = objects(&state.bucket, tenant).await?;
    let is_gone = |name: &&String| !found.contains_key(*name) && manifest.document(name).is_some();
    let removed: BTreeSet<&str> = named.iter().filter(is_gone).map(String::as_str).collect();
    let (changed, ignored) = changed(&manifest, &found);
    if removed.is_empty() && changed.is_empty() && ignored == manifest.ignored_documents {
        return settle(state, tenant, &manifest, now).await;
    }
    let mut next = manifest.clone();
    next.ignored_documents = ignored;
    let mut candidates = Vec::new();
    for (name, version) in changed {
        match check(table, &state.bucket, tenant, (name, version), now).await? {
            // The object was deleted after it was listed; an event will report this.
            None => {}
            Some(Checked::Good(accepted, document)) => candidates.push(Candidate {
                name,
                accepted: *accepted,
                document,
            }),
            Some(Checked::Refused(refused)) => next = refuse(next, &manifest, name, refused),
        }
    }
    for name in &removed {
        next = next.without(name);
    }
    // The oldest comes first: of two new documents that do not fit each other, the older one is accepted.
    candidates.sort_by_key(|one| (one.accepted.version.last_modified, one.name));
    let is_new = |name: &str| candidates.iter().any(|one| one.name == name);
    let takes_away = manifest.accepted().any(|(name, _)| removed.contains(name));
    if !takes_away && candidates.is_empty() {
        // The same documents are in force as before.
        let _overtaken = table.replace_manifest(tenant, &next, seen, now).await?;
        return Ok(Attempt::Again);
    }
    let is_out = |name: &str| removed.contains(name) || is_new(name);
    let mut compilation = match Compilation::of(table, tenant, &manifest, is_out).await {
        Ok(compilation) => compilation,
        Err(CompileError::Overtaken) => return Ok(Attempt::Again),
        Err(error) => return Err(report(table, tenant, error, now).await?),
    };
    let conflicts = match choose(table, tenant, &manifest, &candidates, &mut compilation).await {
        Ok(conflicts) => conflicts,
        Err(CompileError::Overtaken) => return Ok(Attempt::Again),
        Err(error) => return Err(error.into()),
    };
    let mut taken = Vec::new();
    for (index, candidate) in candidates.into_iter().enumerate() {
        let version = candidate.accepted.version.clone();
        if let Some(message) = conflicts.get(&index) {
            let refused = conflict(version, message.clone(), &manifest, now);
            next = refuse(next, &manifest, candidate.name, refused);
            continue;
        }
        let document = candidate.document.document()?;
        let mut accepted = candidate.accepted;
        accepted.change = change(table, tenant, &manifest, candidate.name, &document).await;
        compilation.insert(document, version.last_modified);
        taken.push((candidate.name, version));
        next = next.with(Document {
            name: candidate.name.to_owned(),
            accepted: Some(accepted),
            refused: None,
        });
    }
    let before = Before::read(table, tenant, now).await?;
    let compiled = match compilation.finish(state.size, &before) {
        Ok(compiled) => compiled,
        // Together the documents are too much: no new document is accepted, and the next attempt does the rest.
        Err(error) if !taken.is_empty() => {
            let mut next = manifest.clone();
            for (name, version) in taken {
                next = refuse(
                    next,
                    &manifest,
                    name,
                    conflict(version, error.to_string(), &manifest, now),
                );
            }
            let _overtaken = table.replace_manifest(tenant, &next, seen, now).await?;
            return Ok(Attempt::Again);
        }
        Err(error) => return Err(error.into()),
    };
    if taken.is_empty() && !takes_away {
        let _overtaken = table.replace_manifest(tenant, &next, seen, now).await?;
        return Ok(Attempt::Again);
    }
    next.revision = next.revision.saturating_add(1);
    (next.accounts, next.completeness) = compiled.as_ref().map_or_else(Default::default, |compiled| {
        (compiled.accounts.clone(), compiled.completeness.clone())
    });
    if !table.replace_manifest(tenant, &next, seen, now).await? {
        return Ok(Attempt::Again);
    }
    publish(table, tenant, compiled.as_ref(), next.revision, now).await?;
    tracing::info!(tenant = %tenant, revision = next.revision, "the documents of `{tenant}` have changed");
    // One more attempt: what a removed document kept out, and what came in the meantime, may be accepted now.
    Ok(Attempt::Again)
}

/// Refuses a document that is good by itself and does not fit others.
fn conflict(version: ObjectVersion, message: String, manifest: &Manifest, now: Timestamp) -> Refused {
    Refused {
        version,
        refused_at: now,
        message,
        conflict: Some(manifest.revision),
    }
}

/// Returns the manifest with a version that is refused. The version in force stays.
fn refuse(next: Manifest, manifest: &Manifest, name: &str, refused: Refused) -> Manifest {
    api::measure(Metric::RefusedDocuments, 1);
    next.with(Document {
        name: name.to_owned(),
        accepted: manifest
            .document(name)
            .and_then(|document| document.accepted.clone()),
        refused: Some(refused),
    })
}

/// Notes in the manifest that a document in force cannot be read any more, so that people see which one has to be put
/// again. The snapshot that was made of it stays in force. Returns the error.
pub(super) async fn report(
    table: &Permissions,
    tenant: &AccountId,
    error: CompileError,
    now: Timestamp,
) -> Result<ImportError, ImportError> {
    if let CompileError::Unreadable { name, .. } = &error {
        let (manifest, seen) = table.manifest(tenant).await?;
        let accepted = manifest
            .document(name)
            .and_then(|document| document.accepted.clone());
        if let Some(accepted) = accepted {
            let refused = Refused {
                version: accepted.version,
                refused_at: now,
                message: error.to_string(),
                conflict: None,
            };
            let next = refuse(manifest.clone(), &manifest, name, refused);
            let _overtaken = table.replace_manifest(tenant, &next, seen, now).await?;
        }
    }
    Ok(error.into())
}

/// Makes the snapshot that an import did not come to make after it had replaced the manifest, and the one that an earlier
/// or a later release has left in another form.
async fn settle(
    state: &State,
    tenant: &AccountId,
    manifest: &Manifest,
    now: Timestamp,
) -> Result<Attempt, ImportError> {
    let table = &state.table;
    if table.published_revision(tenant).await? >= manifest.revision {
        let current = table.current(tenant).await?;
        let Some(unreadable) = current.filter(|current| current.form.as_deref() != Some(FORM)) else {
            return Ok(Attempt::Done);
        };
        return match compile_anew(table, tenant, manifest, (&unreadable, state.size), now).await {
            Ok(()) => Ok(Attempt::Done),
            Err(CompileError::Overtaken) => Ok(Attempt::Again),
            Err(error) => Err(report(table, tenant, error, now).await?),
        };
    }
    let compilation = match Compilation::of(table, tenant, manifest, |_| false).await {
        Ok(compilation) => compilation,
        Err(CompileError::Overtaken) => return Ok(Attempt::Again),
        Err(error) => return Err(report(table, tenant, error, now).await?),
    };
    let before = Before::read(table, tenant, now).await?;
    let compiled = compilation.finish(state.size, &before)?;
    publish(table, tenant, compiled.as_ref(), manifest.revision, now).await?;
    Ok(Attempt::Done)
}

/// Lists the tenant's objects by name.
async fn objects(
    bucket: &InventoryBucket,
    tenant: &AccountId,
) -> Result<BTreeMap<String, ObjectVersion>, ImportError> {
    let found = bucket.list(&format!("{tenant}/")).await?;
    let documents = found.into_iter().filter_map(|(key, version)| {
        let name = DocumentKey::parse(&key)?.name.to_owned();
        Some((name, version))
    });
    Ok(documents.collect())
}

/// Returns the objects that the manifest does not know in this version, and those that were refused because of
/// documents which may not be in force any more. Also returns how many objects are ignored, because there are too many.
fn changed<'o>(
    manifest: &Manifest,
    found: &'o BTreeMap<String, ObjectVersion>,
) -> (Vec<(&'o str, &'o ObjectVersion)>, u64) {
    let is_changed = |document: &Document, version: &ObjectVersion| {
        let is_new = document.latest().is_none_or(|known| known.e_tag != version.e_tag);
        let conflict = document.refused.as_ref().and_then(|refused| refused.conflict);
        is_new || conflict.is_some_and(|revision| revision != manifest.revision)
    };
    let mut room = MOST_DOCUMENTS.saturating_sub(manifest.documents.len());
    let mut changed = Vec::new();
    let mut ignored = 0_u64;
    for (name, version) in found {
        let is_wanted = match manifest.document(name) {
            Some(document) => is_changed(document, version),
            None if room == 0 => {
                ignored = ignored.saturating_add(1);
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
    if ignored > 0 {
        tracing::warn!(
            ignored,
            "a tenant has more than {MOST_DOCUMENTS} documents; the others are ignored"
        );
    }
    (changed, ignored)
}
