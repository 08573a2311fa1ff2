//! Reads the parts of a snapshot, and compiles shards.

use std::sync::Arc;

use api::permissions::Error;
use futures::try_join;
use inventory::stored::{StoredPart, decode};
use inventory::{Common, Shard};
use model::account::AccountId;
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard};
use serde::de::DeserializeOwned;

use super::{CatalogueOfAws, ImportedAccounts, Opened};

impl ImportedAccounts {
    pub(super) async fn compiled_shard(
        &self,
        tenant: &AccountId,
        opened: &Opened,
        number: usize,
    ) -> Result<Option<Arc<EffectivePermissions>>, Error> {
        let manifest = &opened.manifest;
        let Some(shard) = manifest.shards.get(number) else {
            return Ok(None);
        };
        let across = shard.paths_across.as_ref();
        let parts = [&manifest.common.id, &shard.part.id].map(Clone::clone);
        let [common, own] = parts;
        let across_id = across.map(|part| part.id.clone()).unwrap_or_default();
        let key = (tenant.clone(), (manifest.date, [common, own, across_id]));
        if let Some(effective) = self.shards.get(&key) {
            return Ok(Some(effective));
        }
        let paths = async {
            match across {
                Some(part) => self.part::<PathsAcross>(tenant, opened, part).await,
                None => Ok(Some(PathsAcross::default())),
            }
        };
        let (common, own, paths) = try_join!(
            self.common(tenant, opened),
            self.part::<Shard>(tenant, opened, &shard.part),
            paths
        )?;
        let (Some(common), Some(own), Some(paths)) = (common, own, paths) else {
            return Ok(None);
        };
        let CatalogueOfAws { types, actions, .. } = self.catalogue();
        let snapshot = compile_shard((&common, &own), types, actions, manifest.date);
        let effective = Arc::new(EffectivePermissions::from(snapshot).with_paths_across(paths));
        let size = shard.part.bytes.saturating_add(manifest.common.bytes);
        self.shards.put_sized(key, Arc::clone(&effective), size);
        Ok(Some(effective))
    }

    async fn common(&self, tenant: &AccountId, opened: &Opened) -> Result<Option<Arc<Common>>, Error> {
        let part = &opened.manifest.common;
        let key = (tenant.clone(), part.id.clone());
        if let Some(common) = self.common_parts.get(&key) {
            return Ok(Some(common));
        }
        let Some(common) = self.part(tenant, opened, part).await? else {
            return Ok(None);
        };
        let common = Arc::new(common);
        self.common_parts.put(key, Arc::clone(&common));
        Ok(Some(common))
    }

    /// Reads a part of a snapshot; `None` when the part is lost or damaged.
    async fn part<T: DeserializeOwned>(
        &self,
        tenant: &AccountId,
        opened: &Opened,
        part: &StoredPart,
    ) -> Result<Option<T>, Error> {
        let Ok(id) = part.id.parse() else {
            return Ok(None);
        };
        let Some(bytes) = self.permissions.part(tenant, &opened.stored, &id).await? else {
            tracing::warn!(part = %id, "a part of a snapshot is lost");
            return Ok(None);
        };
        match decode(&bytes) {
            Ok(part) => Ok(Some(part)),
            Err(error) => {
                tracing::warn!(%error, part = %id, "a part of a snapshot cannot be read");
                Ok(None)
            }
        }
    }
}
