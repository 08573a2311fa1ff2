//! The imported accounts of a tenant, compiled; a warm function keeps what it compiled.

use std::sync::Arc;

use api::permissions::Error;
use iam::catalogue::Catalogue;
use inventory::stored::StoredInventory;
use jiff::Timestamp;
use model::account::AccountId;
use permissions::aws::{ActionSpec, EffectivePermissions, ResourceTypeSpec, compile, specs};
use permissions::search::ActionNames;
use store::Permissions;
use store::permissions::SnapshotId;

use super::kept::Kept;
use crate::configuration::{ConfigurationError, required};

/// Compiled snapshots that a function keeps: that of its account, and the one before it for pages.
const SNAPSHOTS: usize = 2;

/// Where snapshots are, and those that this function has compiled
#[derive(Debug)]
pub struct ImportedAccounts {
    pub(super) permissions: Permissions,
    pub(super) action_names: ActionNames,
    types: Vec<ResourceTypeSpec>,
    actions: Vec<ActionSpec>,
    snapshots: Kept<(AccountId, SnapshotId), Arc<EffectivePermissions>>,
}

/// The snapshot in force, compiled
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) id: SnapshotId,
    pub(crate) made_at: Timestamp,
    pub(crate) effective: Arc<EffectivePermissions>,
}

/// The pointer named a snapshot that was gone when it was fetched, twice
#[derive(Debug, thiserror::Error)]
#[error("the snapshot in force cannot be found")]
struct Missing;

impl ImportedAccounts {
    /// The accounts whose snapshots are in the table that the environment names.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn connect() -> Result<Self, ConfigurationError> {
        let table = required("PERMISSIONS_TABLE")?;
        Ok(Self::new(Permissions::new(store::connect().await, table)))
    }

    /// Reads the catalogue, while Lambda still gives a starting function the full processor.
    pub(super) fn new(permissions: Permissions) -> Self {
        let (types, actions) = specs(Catalogue::embedded());
        Self {
            permissions,
            action_names: ActionNames::new(&actions),
            types,
            actions,
            snapshots: Kept::new(SNAPSHOTS),
        }
    }

    /// The snapshot in force; none when nothing was imported.
    pub(crate) async fn snapshot_in_force(
        &self,
        tenant: &AccountId,
        now: Timestamp,
    ) -> Result<Option<InForce>, Error> {
        // Between the two reads another import may have come and gone, but hardly twice.
        for _ in 0..2 {
            let Some(current) = self.permissions.current(tenant).await? else {
                return Ok(None);
            };
            if let Some(effective) = self.effective(tenant, &current.id, now).await? {
                return Ok(Some(InForce {
                    id: current.id,
                    made_at: current.made_at,
                    effective,
                }));
            }
        }
        Err(Error::Unavailable {
            source: Missing.into(),
        })
    }

    /// The effective permissions of a snapshot, in force or replaced not long ago; none when it is retired.
    pub(super) async fn effective(
        &self,
        tenant: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
    ) -> Result<Option<Arc<EffectivePermissions>>, Error> {
        let key = (tenant.clone(), id.clone());
        if let Some(effective) = self.snapshots.get(&key) {
            return Ok(Some(effective));
        }
        let Some(bytes) = self.permissions.snapshot(tenant, id, now).await? else {
            return Ok(None);
        };
        let stored =
            StoredInventory::decode(&bytes).map_err(|fault| Error::Unavailable { source: fault.into() })?;
        let snapshot = compile(&stored.inventory, &self.types, &self.actions, stored.date);
        let effective = Arc::new(EffectivePermissions::from(snapshot));
        self.snapshots.put(key, Arc::clone(&effective));
        Ok(Some(effective))
    }
}
