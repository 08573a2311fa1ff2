//! Documents in force to the snapshot in force.

use inventory::managed_policies::Completed;
use inventory::stored::StoredError;
use inventory::{DocumentName, InventoryDocument, InventoryError, Merge, MergeError, ShardSize};
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::account::AccountId;
use model::inventory::{Accepted, Completeness, Counts, ManagedPolicies, Manifest, MissingNote};
use store::permissions::{Current, Published};
use store::{Permissions, StoreError};

use super::new_snapshot::{Before, EncodedSnapshot, SnapshotError};

/// Things that are missing, and policies from the table, that are named.
const MOST_NAMES: usize = 50;

/// Users and roles that are named for one thing that is missing.
const MOST_PRINCIPALS: usize = 5;

/// Documents taken together, and the day up to which they are known.
#[derive(Debug, Default)]
pub(super) struct Compilation {
    pub(super) merge: Merge,
    /// Day of the newest report of last accesses
    last_accessed: Option<Date>,
    /// Day of the newest document
    newest: Option<Date>,
}

/// A snapshot that is not stored yet.
pub(super) struct Compiled {
    pub(super) snapshot: EncodedSnapshot,
    counts: Counts,
    pub(super) accounts: Vec<String>,
    pub(super) completeness: Completeness,
}

/// Says why the documents in force cannot be taken together.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The table cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A text has gone with the manifest that named it: there is a later one.
    #[error("the manifest has been replaced")]
    Overtaken,
    /// A document that was good when it was accepted.
    #[error("`{name}`, which is in force, cannot be read any more: {source}")]
    Unreadable {
        /// Name of the document.
        name: String,
        /// Says what is wrong with the document now.
        source: InventoryError,
    },
    /// Documents that fitted each other when they were accepted.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The documents hold more than a snapshot can hold.
    #[error("the documents together are too much: {0}")]
    Encode(#[from] SnapshotError),
    /// Memory ran out.
    #[error("a document cannot be held: {0}")]
    Pack(#[from] StoredError),
}

impl Compilation {
    /// Takes the documents of the manifest that are in force, except those that `is_out` names.
    pub(super) async fn of(
        table: &Permissions,
        tenant: &AccountId,
        manifest: &Manifest,
        is_out: impl Fn(&str) -> bool,
    ) -> Result<Self, CompileError> {
        let mut compilation = Self::default();
        let mut documents: Vec<(&str, &Accepted)> =
            manifest.accepted().filter(|(name, _)| !is_out(name)).collect();
        // The newest document comes last, because its form of AWS's own policies is in force.
        documents.sort_by_key(|(name, accepted)| (accepted.version.last_modified, *name));
        for (name, accepted) in documents {
            if let Some(document) = in_force(table, tenant, (name, accepted)).await? {
                compilation.merge.claim(name, &document)?;
                compilation.insert(document, accepted.version.last_modified);
            }
        }
        Ok(compilation)
    }

    /// Takes in a document that was put at `at`, and that is claimed.
    pub(super) fn insert(&mut self, document: InventoryDocument, at: Timestamp) {
        let day = at.to_zoned(TimeZone::UTC).date();
        let last_accessed = match &document {
            InventoryDocument::LastAccessed(report) => report.as_of.or(Some(day)),
            InventoryDocument::AuthorizationDetails(_)
            | InventoryDocument::Compute(_)
            | InventoryDocument::CredentialReport(_)
            | InventoryDocument::Organization(_)
            | InventoryDocument::ResourcePolicies(_) => None,
        };
        self.merge.insert(document);
        self.last_accessed = self.last_accessed.max(last_accessed);
        self.newest = self.newest.max(Some(day));
    }

    /// Returns the snapshot; `None` without documents.
    ///
    /// Days of last access count up to the day of the newest report, because nobody knows what happened afterwards.
    /// What follows from parts that are still those of the snapshot `before` is taken over.
    pub(super) fn finish(self, size: ShardSize, before: &Before) -> Result<Option<Compiled>, CompileError> {
        let Some(date) = self.last_accessed.or(self.newest) else {
            return Ok(None);
        };
        let mut gathered = self.merge.gathered();
        let completed = gathered.complete();
        let divided = gathered.divide(size).map_err(SnapshotError::from)?;
        let snapshot = EncodedSnapshot::of(&divided, date, before)?;
        tracing::info!(
            shards = divided.shards(),
            compiled = snapshot.compiled,
            "the snapshot is made"
        );
        let completeness = completeness(completed, &snapshot);
        let accounts: Vec<String> = divided.accounts().map(str::to_owned).collect();
        let gathered = divided.counts();
        let counts = Counts {
            accounts: count(accounts.len()),
            users: count(gathered.users),
            groups: count(gathered.groups),
            roles: count(gathered.roles),
            policies: count(gathered.policies),
            resource_policies: count(gathered.resource_policies),
            incomplete_principals: completeness.incomplete_principals,
        };
        Ok(Some(Compiled {
            snapshot,
            counts,
            accounts,
            completeness,
        }))
    }
}

/// Brings a snapshot into force; `None` for a revision without documents.
pub(super) async fn publish(
    table: &Permissions,
    tenant: &AccountId,
    compiled: Option<&Compiled>,
    revision: u64,
    now: Timestamp,
) -> Result<Published, StoreError> {
    let Some(compiled) = compiled else {
        return table.withdraw(tenant, revision, now).await;
    };
    let parts = compiled.snapshot.parts();
    let new = compiled.snapshot.stored(&parts, compiled.counts, revision);
    table.publish(tenant, &new, now).await
}

/// Compiles what is in force anew, in the place of a snapshot of it that cannot be read.
pub(super) async fn compile_anew(
    table: &Permissions,
    tenant: &AccountId,
    manifest: &Manifest,
    (unreadable, size): (&Current, ShardSize),
    now: Timestamp,
) -> Result<(), CompileError> {
    let compilation = Compilation::of(table, tenant, manifest, |_| false).await?;
    let Some(compiled) = compilation.finish(size, &Before::default())? else {
        tracing::warn!(tenant = %tenant, "no document is kept from which a snapshot could be compiled");
        return Ok(());
    };
    let parts = compiled.snapshot.parts();
    let new = compiled
        .snapshot
        .stored(&parts, compiled.counts, manifest.revision);
    let published = table.publish_anew(tenant, &new, unreadable, now).await?;
    tracing::info!(tenant = %tenant, ?published, "the snapshot of `{tenant}` was compiled anew");
    Ok(())
}

/// Reads a document in force again.
pub(super) async fn in_force(
    table: &Permissions,
    tenant: &AccountId,
    (name, accepted): (&str, &Accepted),
) -> Result<Option<InventoryDocument>, CompileError> {
    let Some(named) = DocumentName::parse(name) else {
        return Ok(None);
    };
    let Some(text) = table.text(tenant, &accepted.text).await? else {
        return Err(CompileError::Overtaken);
    };
    let read = InventoryDocument::read(named.kind, &text).map_err(|source| CompileError::Unreadable {
        name: name.to_owned(),
        source,
    });
    read.map(Some)
}

/// Returns what was taken from the table of AWS's own policies, and what is still missing.
fn completeness(completed: Option<Completed>, snapshot: &EncodedSnapshot) -> Completeness {
    let all = snapshot.missing().flat_map(|(_, _, principals)| principals);
    let principals: BTreeSet<&String> = all.collect();
    let missing = snapshot.missing().take(MOST_NAMES);
    let notes = missing.map(|(kind, name, principals)| MissingNote {
        kind: kind.as_str().to_owned(),
        name: name.to_owned(),
        principals: principals.iter().take(MOST_PRINCIPALS).cloned().collect(),
        principals_total: count(principals.len()),
    });
    Completeness {
        incomplete_principals: count(principals.len()),
        missing: notes.collect(),
        missing_total: count(snapshot.missing().count()),
        managed_policies: completed.map(|completed| ManagedPolicies {
            as_of: completed.as_of.to_string(),
            names: completed.policies.iter().take(MOST_NAMES).cloned().collect(),
            total: count(completed.policies.len()),
        }),
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
