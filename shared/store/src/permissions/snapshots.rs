//! Snapshots are immutable: one of them is in force, and the replaced ones can be read for a day.

use jiff::Timestamp;
use model::account::AccountId;
use model::inventory::Counts;
use serde::{Deserialize, Serialize};

use super::parts::{NewPart, StoredSnapshot};
use super::{Permissions, SnapshotId};
use crate::StoreError;
use crate::item::key;

/// A snapshot to bring into force.
#[derive(Debug, Clone, Copy)]
pub struct NewSnapshot<'a> {
    /// [`SnapshotId::of`] the manifest.
    pub id: &'a SnapshotId,
    /// Holds what the snapshot consists of: bytes that name its parts.
    pub manifest: &'a [u8],
    /// All of its parts.
    pub parts: &'a [NewPart<'a>],
    /// Says how manifest and parts are written. A program reads only the form that it writes.
    pub form: &'a str,
    /// Says how much the snapshot holds.
    pub counts: Counts,
    /// Revision of the inventory that it was made from, from 1 up: a snapshot never replaces one of the same or a
    /// later revision.
    pub revision: u64,
}

/// The snapshot in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The id of the snapshot.
    pub id: SnapshotId,
    /// Says when the snapshot came into force.
    pub made_at: Timestamp,
    /// Says how much the snapshot holds.
    pub counts: Counts,
    /// Revision of the inventory that it was made from.
    pub revision: u64,
    /// Says how the bytes of the snapshot are written; `None` when an earlier release did not say so.
    pub form: Option<String>,
    /// Says which copy of the snapshot is in force: each compilation makes a new copy.
    pub copy: String,
}

/// A snapshot that was replaced, or that is in force in a copy that cannot be read, in another copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The id of the snapshot.
    pub id: SnapshotId,
    /// Says when the snapshot was written.
    pub written_at: Timestamp,
}

/// The outcome of an attempt to bring a snapshot into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The snapshot is in force by this call.
    Now,
    /// The snapshot was in force before; only the revision has changed.
    Unchanged,
    /// One of the same or a later revision is in force.
    Overtaken,
}

/// The item that decides; without a snapshot after the last document was taken away, so that a late import of an
/// earlier revision does not bring it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pointer {
    pub(super) revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) in_force: Option<InForce>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InForce {
    pub(super) snapshot: SnapshotId,
    pub(super) copy: String,
    pub(super) made_at: Timestamp,
    pub(super) counts: Counts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) form: Option<String>,
}

pub(super) const POINTER: &str = "CURRENT";
pub(super) const SNAPSHOTS: &str = "SNAPSHOT#";

impl Permissions {
    /// Reads which snapshot is in force: one strongly consistent read of one small item. `None` when nothing was
    /// imported.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn current(&self, account: &AccountId) -> Result<Option<Current>, StoreError> {
        let Some(pointer) = self.pointer(account).await? else {
            return Ok(None);
        };
        Ok(pointer.in_force.map(|found| Current {
            id: found.snapshot,
            made_at: found.made_at,
            counts: found.counts,
            revision: pointer.revision,
            form: found.form,
            copy: found.copy,
        }))
    }

    /// Reads the latest revision of the inventory from which a snapshot was made, or which was found to be empty; 0
    /// when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_revision(&self, account: &AccountId) -> Result<u64, StoreError> {
        Ok(self.pointer(account).await?.map_or(0, |pointer| pointer.revision))
    }

    /// Returns the whole copies of a snapshot that is in force or was replaced not long ago, the newest first; none
    /// when the snapshot is retired or never existed. There is more than one copy when the snapshot was compiled anew,
    /// or came back into force.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn snapshots(
        &self,
        account: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
    ) -> Result<Vec<StoredSnapshot>, StoreError> {
        let mut found = Vec::new();
        for copy in self.copies(account, &format!("{SNAPSHOTS}{id}#")).await? {
            if copy.is_expired(now) {
                continue;
            }
            // A copy that is still being written is newer than the whole copy after it.
            if let Some(bytes) = self.read_copy(account, copy.pieces()).await? {
                found.extend(StoredSnapshot::decode(&bytes));
            }
        }
        Ok(found)
    }

    /// Returns the snapshots of a form that are still readable, the newest first. A search can use them while the
    /// snapshot in force cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn former(
        &self,
        account: &AccountId,
        form: &str,
        now: Timestamp,
    ) -> Result<Vec<Former>, StoreError> {
        let copies = self.copies(account, SNAPSHOTS).await?.into_iter();
        let readable = copies.filter(|copy| !copy.is_expired(now) && copy.form.as_deref() == Some(form));
        let former = readable.filter_map(|copy| {
            Some(Former {
                id: copy.name.strip_prefix(SNAPSHOTS)?.parse().ok()?,
                written_at: copy.written_at(),
            })
        });
        Ok(former.collect())
    }

    pub(super) async fn pointer(&self, account: &AccountId) -> Result<Option<Pointer>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(account.as_str(), POINTER)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item.map(serde_dynamo::from_item).transpose()?)
    }
}
