//! The imported accounts of a tenant, compiled; a warm function keeps what it compiled.

use std::sync::{Arc, OnceLock};

use api::permissions::Error;
use iam::catalogue::Catalogue;
use inventory::stored::{FORM, StoredInventory};
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
    catalogue: OnceLock<CatalogueOfAws>,
    snapshots: Kept<(AccountId, SnapshotId), Arc<EffectivePermissions>>,
    principals: Principals,
}

/// The action catalogue in the forms that searches need
#[derive(Debug)]
struct CatalogueOfAws {
    types: Vec<ResourceTypeSpec>,
    actions: Vec<ActionSpec>,
    names: ActionNames,
}

/// Whose permissions are asked for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Principals {
    /// Those of all imported accounts.
    OfAllAccounts,
    /// Those of the tenant's own account. In a large organization they are compiled many times faster.
    OfOwnAccount,
}

/// The snapshot that is searched, compiled
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    pub(crate) id: SnapshotId,
    pub(crate) made_at: Timestamp,
    /// Whether it is a former one, because the one in force is being compiled anew
    pub(crate) is_outdated: bool,
    pub(crate) effective: Arc<EffectivePermissions>,
}

/// Former snapshots that are tried while the one in force cannot be read.
const FORMER: usize = 3;

impl ImportedAccounts {
    /// The accounts whose snapshots are in the table that the environment names.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn connect() -> Result<Self, ConfigurationError> {
        let table = required("PERMISSIONS_TABLE")?;
        Ok(Self::new(Permissions::new(store::connect().await, table)))
    }

    /// The same, for questions about the users and roles of the tenant's own account only.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub(crate) async fn connect_to_own_account() -> Result<Self, ConfigurationError> {
        Ok(Self {
            principals: Principals::OfOwnAccount,
            ..Self::connect().await?
        })
    }

    pub(super) fn new(permissions: Permissions) -> Self {
        Self {
            permissions,
            catalogue: OnceLock::new(),
            snapshots: Kept::new(SNAPSHOTS),
            principals: Principals::OfAllAccounts,
        }
    }

    /// Made on first need: the start of a function waits for it no longer than a search does, and some requests need none.
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

    /// The actions and services that there are.
    pub(super) fn action_names(&self) -> &ActionNames {
        &self.catalogue().names
    }

    /// The snapshot in force; none when nothing was imported.
    ///
    /// One that cannot be read, because another release wrote it or because pieces are lost, is asked to be compiled
    /// anew. Meanwhile the last one that can be read is searched.
    pub(crate) async fn snapshot_in_force(
        &self,
        tenant: &AccountId,
        now: Timestamp,
    ) -> Result<Option<InForce>, Error> {
        let mut unreadable = None;
        // Between the two reads another import may have come and gone, but hardly twice.
        for _ in 0..2 {
            let Some(current) = self.permissions.current(tenant).await? else {
                return Ok(None);
            };
            let is_ours = current.form.as_deref().is_none_or(|form| form == FORM);
            if is_ours && let Some(effective) = self.effective(tenant, &current.id, now).await? {
                return Ok(Some(InForce {
                    id: current.id,
                    made_at: current.made_at,
                    is_outdated: false,
                    effective,
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
        for former in self
            .permissions
            .former(tenant, FORM, now)
            .await?
            .into_iter()
            .take(FORMER)
        {
            if let Some(effective) = self.effective(tenant, &former.id, now).await? {
                return Ok(Some(InForce {
                    id: former.id,
                    made_at: former.written_at,
                    is_outdated: true,
                    effective,
                }));
            }
        }
        Err(Error::Compiling)
    }

    /// The effective permissions of a snapshot, in force or replaced not long ago; none when it is retired, when pieces
    /// are lost, or when another release wrote it.
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
        let mut stored = match StoredInventory::decode(&bytes) {
            Ok(stored) => stored,
            Err(error) => {
                tracing::warn!(%error, snapshot = %id, "a snapshot cannot be read");
                return Ok(None);
            }
        };
        if self.principals == Principals::OfOwnAccount {
            stored.inventory.keep_policies_of(tenant.as_str());
        }
        let CatalogueOfAws { types, actions, .. } = self.catalogue();
        let snapshot = compile(&stored.inventory, types, actions, stored.date);
        let effective = Arc::new(EffectivePermissions::from(snapshot));
        self.snapshots.put(key, Arc::clone(&effective));
        Ok(Some(effective))
    }
}
