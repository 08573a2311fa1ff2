//! Turns the kept texts of documents into a snapshot that this release can read.
//!
//! A search that cannot read the snapshot in force writes a wish into the table, and the stream of the table brings it
//! here: after a release or a roll back that writes snapshots in another form, and when pieces are damaged or lost.

use api::stream::Change;
use inventory::stored::{FORM, SnapshotManifest, StoredPart, decode};
use inventory::{Common, Shard, ShardSize};
use jiff::Timestamp;
use model::account::AccountId;
use permissions::aws::PathsAcross;
use permissions::shard::SnapshotFacts;
use serde::de::DeserializeOwned;
use store::permissions::{Current, StoredSnapshot};
use store::{Permissions, StoreError};

use super::compile::{CompileError, compile_anew};
use super::import_inventory::{ImportError, report};

/// The client and the setting that the function works with.
#[derive(Debug)]
pub struct State {
    /// The table that has the manifest, the texts and the snapshots.
    pub table: Permissions,
    /// Says how much a shard holds.
    pub size: ShardSize,
}

/// Attempts while documents change.
const ATTEMPTS: u32 = 20;

/// Compiles the inventory of the tenant anew whose wish the change is, unless its snapshot can be read by now.
///
/// # Errors
/// [`ImportError`]: the change comes again.
pub async fn handle(state: &State, change: Change) -> Result<(), ImportError> {
    let State { table, size } = state;
    let Some(tenant) = change.key("pk").and_then(|key| key.parse().ok()) else {
        return Ok(());
    };
    for _attempt in 0..ATTEMPTS {
        match recompile((table, *size), &tenant, change.received_at()).await {
            // The documents have changed since the manifest was read.
            Err(CompileError::Overtaken) => {}
            Err(error) => return Err(report(table, &tenant, error, change.received_at()).await?),
            Ok(()) => return Ok(()),
        }
    }
    Err(ImportError::Contended)
}

async fn recompile(
    (table, size): (&Permissions, ShardSize),
    tenant: &AccountId,
    now: Timestamp,
) -> Result<(), CompileError> {
    let Some(current) = table.current(tenant).await? else {
        return Ok(());
    };
    if is_readable(table, tenant, &current, now).await? {
        return Ok(());
    }
    let (manifest, _) = table.manifest(tenant).await?;
    compile_anew(table, tenant, &manifest, (&current, size), now).await
}

async fn is_readable(
    table: &Permissions,
    tenant: &AccountId,
    current: &Current,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if current.form.as_deref().is_some_and(|form| form != FORM) {
        return Ok(false);
    }
    for snapshot in table.snapshots(tenant, &current.id, now).await? {
        if is_whole(table, tenant, &snapshot).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether every part of a snapshot can be read. One part is held at a time.
async fn is_whole(
    table: &Permissions,
    tenant: &AccountId,
    snapshot: &StoredSnapshot,
) -> Result<bool, StoreError> {
    let Ok(manifest) = decode::<SnapshotManifest>(&snapshot.manifest) else {
        return Ok(false);
    };
    if !is_good::<Common>(table, tenant, snapshot, &manifest.common).await? {
        return Ok(false);
    }
    // Searches read no facts of the only shard.
    if manifest.shards.len() > 1
        && let Err(error) = SnapshotFacts::of_manifest(&manifest)
    {
        tracing::warn!(tenant = %tenant, %error, "the facts of a snapshot cannot be read, so that it is compiled anew");
        return Ok(false);
    }
    for shard in &manifest.shards {
        let paths = match &shard.paths_across {
            Some(part) => is_good::<PathsAcross>(table, tenant, snapshot, part).await?,
            None => true,
        };
        if !paths || !is_good::<Shard>(table, tenant, snapshot, &shard.part).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_good<T: DeserializeOwned>(
    table: &Permissions,
    tenant: &AccountId,
    snapshot: &StoredSnapshot,
    part: &StoredPart,
) -> Result<bool, StoreError> {
    let Ok(id) = part.id.parse() else {
        return Ok(false);
    };
    let bytes = table.part(tenant, snapshot, &id).await?;
    Ok(bytes.is_some_and(|bytes| decode::<T>(&bytes).is_ok()))
}
