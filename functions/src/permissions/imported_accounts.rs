//! The imported accounts of a tenant, compiled shard by shard; a warm function keeps what it compiled.

mod compiled;

use std::sync::{Arc, OnceLock};

use api::permissions::Error;
use iam::catalogue::Catalogue;
use inventory::Common;
use inventory::stored::{FORM, SnapshotManifest, decode};
use jiff::Timestamp;
use model::account::AccountId;
use permissions::aws::{ActionSpec, EffectivePermissions, ResourceTypeSpec, specs};
use permissions::search::ActionNames;
use store::Permissions;
use store::permissions::{SnapshotId, StoredSnapshot};

use super::kept::Kept;
use crate::configuration::{ConfigurationError, required};

/// Manifests that a function keeps: that of its account, and those before it for pages.
const MANIFESTS: usize = 8;

/// Shards that a function keeps: with two of them, a page of the snapshot before does not drive out the one in force.
const SHARDS: usize = 8;

/// Bytes of the shards that a function keeps, as they are stored, before compression; compiled they take several times as many.
const LARGEST: u64 = 96 << 20;

/// Common parts that a function keeps.
const COMMON_PARTS: usize = 2;

/// Snapshots of which a function remembers that parts of them are lost.
const LOST: usize = 100;

/// Former snapshots that are tried while the one in force cannot be read.
const FORMER: usize = 3;

/// Holds the table of snapshots, and what this function has compiled of them
#[derive(Debug)]
pub struct ImportedAccounts {
    pub(super) permissions: Permissions,
    catalogue: OnceLock<CatalogueOfAws>,
    manifests: Kept<(AccountId, SnapshotId), Opened>,
    common_parts: Kept<(AccountId, String), Arc<Common>>,
    shards: Kept<(AccountId, ShardKey), Arc<EffectivePermissions>>,
    /// Copies of snapshots in force, and ids of former ones, that have lost parts
    lost: Kept<(AccountId, String), ()>,
    reports_loss: bool,
}

/// Identifies a compiled shard: the day of its snapshot, and the parts
type ShardKey = (jiff::civil::Date, [String; 3]);

/// The action catalogue in the forms that searches need
#[derive(Debug)]
struct CatalogueOfAws {
    types: Vec<ResourceTypeSpec>,
    actions: Vec<ActionSpec>,
    names: ActionNames,
}

/// A snapshot whose manifest was read
#[derive(Debug, Clone)]
struct Opened {
    manifest: Arc<SnapshotManifest>,
    stored: Arc<StoredSnapshot>,
}

/// The snapshot that is searched
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) id: SnapshotId,
    pub(crate) made_at: Timestamp,
    /// Says whether the snapshot is a former one, because the snapshot in force is being compiled anew
    pub(crate) is_outdated: bool,
    /// Holds what the snapshot consists of
    pub(crate) manifest: Arc<SnapshotManifest>,
}

impl ImportedAccounts {
    /// Opens the accounts whose snapshots are in the table that the environment names.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let table = required("PERMISSIONS_TABLE")?;
        Ok(Self::new(Permissions::new(store::connect(), table)))
    }

    /// Opens the accounts for a function that may only read the table. The caller of this function reports what is
    /// lost.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect_to_read() -> Result<Self, ConfigurationError> {
        Ok(Self::connect()?.without_reports())
    }

    pub(super) fn without_reports(self) -> Self {
        Self {
            reports_loss: false,
            ..self
        }
    }

    pub(super) fn new(permissions: Permissions) -> Self {
        Self {
            permissions,
            catalogue: OnceLock::new(),
            manifests: Kept::new(MANIFESTS),
            common_parts: Kept::new(COMMON_PARTS),
            shards: Kept::bounded(SHARDS, LARGEST),
            lost: Kept::new(LOST),
            reports_loss: true,
        }
    }

    /// Returns the catalogue, which is made when it is needed first: a search waits no longer for it than the start of
    /// a function would, and some requests need none.
    fn catalogue(&self) -> &CatalogueOfAws {
        self.catalogue.get_or_init(|| {
            let (types, actions) = specs(Catalogue::embedded());
            let names = ActionNames::new(&actions);
            CatalogueOfAws {
                types,
                actions,
                names,
            }
        })
    }

    /// Returns the actions and services that exist.
    pub(super) fn action_names(&self) -> &ActionNames {
        &self.catalogue().names
    }

    /// Returns the snapshot in force; `None` when nothing was imported.
    ///
    /// One that cannot be read, because another release wrote it or because pieces are lost, is asked to be compiled
    /// anew. Meanwhile the last one that can be read is searched.
    pub(crate) async fn snapshot_in_force(
        &self,
        tenant: &AccountId,
        now: Timestamp,
    ) -> Result<Option<InForce>, Error> {
        let mut unreadable = None;
        // Another import may have happened between the two reads, but hardly twice.
        for _ in 0..2 {
            let Some(current) = self.permissions.current(tenant).await? else {
                return Ok(None);
            };
            let is_ours = current.form.as_deref().is_none_or(|form| form == FORM);
            let is_whole = self.lost.get(&(tenant.clone(), current.copy.clone())).is_none();
            if is_ours
                && is_whole
                && let Some(manifest) = self.manifest(tenant, &current.id, now).await?
            {
                return Ok(Some(InForce {
                    id: current.id,
                    made_at: current.made_at,
                    is_outdated: false,
                    manifest,
                }));
            }
            unreadable = Some(current);
        }
        if let Some(unreadable) = unreadable
            && self
                .permissions
                .ask_for_recompilation(tenant, &unreadable, now)
                .await?
        {
            tracing::warn!(tenant = %tenant, snapshot = %unreadable.id, form = unreadable.form, "the snapshot in force cannot be read");
        }
        let former = self.permissions.former(tenant, FORM, now).await?.into_iter();
        let is_whole = |id: &SnapshotId| self.lost.get(&(tenant.clone(), id.to_string())).is_none();
        for former in former.filter(|former| is_whole(&former.id)).take(FORMER) {
            if let Some(manifest) = self.manifest(tenant, &former.id, now).await? {
                return Ok(Some(InForce {
                    id: former.id,
                    made_at: former.written_at,
                    is_outdated: true,
                    manifest,
                }));
            }
        }
        Err(Error::Compiling)
    }

    /// Returns the manifest of a snapshot that is in force or was replaced not long ago; `None` when the snapshot is
    /// retired, when pieces are lost, or when another release wrote it.
    pub(crate) async fn manifest(
        &self,
        tenant: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
    ) -> Result<Option<Arc<SnapshotManifest>>, Error> {
        if let Some(opened) = self.manifests.get(&(tenant.clone(), id.clone())) {
            return Ok(Some(opened.manifest));
        }
        let opened = self.open(tenant, id, now).await?.into_iter().next();
        Ok(opened.map(|opened| opened.manifest))
    }

    /// Reads the copies of a snapshot, the newest first, and keeps the newest in memory.
    async fn open(&self, tenant: &AccountId, id: &SnapshotId, now: Timestamp) -> Result<Vec<Opened>, Error> {
        let mut opened = Vec::new();
        for stored in self.permissions.snapshots(tenant, id, now).await? {
            match decode(&stored.manifest) {
                Ok(manifest) => opened.push(Opened {
                    manifest: Arc::new(manifest),
                    stored: Arc::new(stored),
                }),
                Err(error) => tracing::warn!(%error, snapshot = %id, "a manifest cannot be read"),
            }
        }
        if let Some(newest) = opened.first() {
            self.manifests.put((tenant.clone(), id.clone()), newest.clone());
        }
        Ok(opened)
    }

    /// Returns the effective permissions of one shard of a snapshot that is in force or was replaced not long ago;
    /// `None` when the snapshot is retired, when another release wrote it, when parts are lost, or when there is no
    /// such shard. When a snapshot in force has lost parts, the function asks that it is compiled anew.
    pub(crate) async fn shard(
        &self,
        tenant: &AccountId,
        id: &SnapshotId,
        number: usize,
        now: Timestamp,
    ) -> Result<Option<Arc<EffectivePermissions>>, Error> {
        let manifest = self.manifest(tenant, id, now).await?;
        if manifest.is_some_and(|manifest| number >= manifest.shards.len()) {
            return Ok(None);
        }
        let found = self
            .of_any_copy(tenant, id, now, async |opened| {
                self.compiled_shard(tenant, opened, number).await
            })
            .await?;
        if found.is_none() {
            self.report_loss(tenant, id, now).await?;
        }
        Ok(found)
    }

    /// Returns what `read` finds in the newest copy of a snapshot that has it.
    async fn of_any_copy<T>(
        &self,
        tenant: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
        read: impl AsyncFn(&Opened) -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        let kept = self.manifests.get(&(tenant.clone(), id.clone()));
        if let Some(opened) = kept
            && let Some(found) = read(&opened).await?
        {
            return Ok(Some(found));
        }
        // The copy that was kept may have been replaced by one that was compiled anew.
        for opened in self.open(tenant, id, now).await? {
            if let Some(found) = read(&opened).await? {
                self.manifests.put((tenant.clone(), id.clone()), opened);
                self.lost.remove(&(tenant.clone(), id.to_string()));
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Remembers that parts of a snapshot are lost, and asks that it is compiled anew if it is in force.
    pub(super) async fn report_loss(
        &self,
        tenant: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
    ) -> Result<(), Error> {
        if !self.reports_loss {
            return Ok(());
        }
        self.lost.put((tenant.clone(), id.to_string()), ());
        let Some(current) = self
            .permissions
            .current(tenant)
            .await?
            .filter(|current| current.id == *id)
        else {
            return Ok(());
        };
        self.lost.put((tenant.clone(), current.copy.clone()), ());
        let asked = self.permissions.ask_for_recompilation(tenant, &current, now);
        if asked.await? {
            tracing::warn!(tenant = %tenant, snapshot = %id, "the snapshot in force has lost parts");
        }
        Ok(())
    }

    /// Returns the snapshot in force with what `load` makes of it. A former snapshot takes the place of one that has
    /// lost parts.
    pub(crate) async fn loaded<T>(
        &self,
        tenant: &AccountId,
        now: Timestamp,
        load: impl AsyncFn(&InForce) -> Result<Option<T>, Error>,
    ) -> Result<Option<(InForce, T)>, Error> {
        for _ in 0..=FORMER {
            let Some(in_force) = self.snapshot_in_force(tenant, now).await? else {
                return Ok(None);
            };
            if let Some(loaded) = load(&in_force).await? {
                return Ok(Some((in_force, loaded)));
            }
        }
        Err(Error::Compiling)
    }

    /// Returns the snapshot in force, with the shard of an account when documents are about the account.
    pub(crate) async fn shard_of_account(
        &self,
        tenant: &AccountId,
        account: &str,
        now: Timestamp,
    ) -> Result<Option<(InForce, Option<Arc<EffectivePermissions>>)>, Error> {
        let load = async |in_force: &InForce| match in_force.manifest.shard_of(account) {
            Some(number) => Ok(self.shard(tenant, &in_force.id, number, now).await?.map(Some)),
            None => Ok(Some(None)),
        };
        self.loaded(tenant, now, load).await
    }
}
