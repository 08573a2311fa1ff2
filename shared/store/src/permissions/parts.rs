//! Stores the parts of a snapshot: bytes that the snapshots before and after it may share.
//!
//! A part is a copy, as a snapshot is, and belongs to the snapshot in force that names the copy. A call that
//! brings another snapshot into force takes over copies of the snapshot that it replaces, and of no other: these cannot
//! have been retired before.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use model::account::AccountId;
use serde::{Deserialize, Serialize};

use super::copies::{NewCopy, Pieces};
use super::documents::unreadable;
use super::{PartId, Permissions};
use crate::{StoreError, pieces};

pub(super) const PARTS: &str = "PART#";

/// Parts that are written at once; each has some pieces on their way.
const AT_ONCE: usize = 4;

/// A part to store.
#[derive(Debug, Clone, Copy)]
pub struct NewPart<'a> {
    /// [`PartId::of`] the bytes.
    pub id: &'a PartId,
    /// Holds the bytes to store. The caller has compressed them.
    pub bytes: &'a [u8],
}

/// The copies of parts that a snapshot names.
pub(super) type PartCopies = BTreeMap<PartId, PartCopy>;

/// A part that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartCopy {
    pub(super) copy: String,
    pieces: usize,
    /// Whether each piece has a partition of its own
    #[serde(default)]
    spread: bool,
}

/// A snapshot as it is stored: its manifest, and where its parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Holds what the maker of the snapshot says about it. This crate does not read it.
    pub manifest: Vec<u8>,
    pub(super) parts: PartCopies,
}

impl StoredSnapshot {
    /// Writes the length of the copies in four bytes, the copies, and the manifest.
    pub(super) fn encode(manifest: &[u8], parts: &PartCopies) -> Result<Vec<u8>, StoreError> {
        let json = serde_json::to_vec(parts).map_err(unreadable)?;
        let copies = pieces::compress(&json).map_err(unreadable)?;
        let length = u32::try_from(copies.len()).map_err(unreadable)?;
        Ok([&length.to_be_bytes(), copies.as_slice(), manifest].concat())
    }

    /// Reads what [`StoredSnapshot::encode`] wrote; `None` for anything else, as another release may have written it.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (copies, manifest) = rest.split_at_checked(length)?;
        let json = pieces::decompress(copies).ok()?;
        Some(Self {
            manifest: manifest.to_vec(),
            parts: serde_json::from_slice(&json).ok()?,
        })
    }
}

impl Permissions {
    /// Reads the bytes of a part that a snapshot names; `None` when a piece is lost, or was deleted with the snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn part(
        &self,
        account: &AccountId,
        snapshot: &StoredSnapshot,
        id: &PartId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(part) = snapshot.parts.get(id) else {
            return Ok(None);
        };
        let pieces = Pieces {
            copy: &part.copy,
            count: part.pieces,
            is_spread: part.spread,
        };
        self.read_copy(account, pieces).await
    }

    /// Writes the parts that are not `stored`, and returns their copies.
    pub(super) async fn write_parts(
        &self,
        account: &AccountId,
        parts: &[NewPart<'_>],
        stored: &BTreeSet<&PartId>,
        now: Timestamp,
    ) -> Result<PartCopies, StoreError> {
        let new: BTreeMap<&PartId, &[u8]> = parts
            .iter()
            .filter(|part| !stored.contains(part.id))
            .map(|part| (part.id, part.bytes))
            .collect();
        let write = |(id, bytes): (&PartId, &[u8])| {
            let (id, bytes) = (id.clone(), bytes.to_vec());
            async move {
                let name = format!("{PARTS}{id}");
                let new = NewCopy {
                    name: &name,
                    bytes: &bytes,
                    // All shards of a search read the common part at once.
                    is_spread: true,
                    form: None,
                };
                let copy = self.write_copy(account, new, now).await?;
                let part = PartCopy {
                    copy: copy.id,
                    pieces: copy.pieces,
                    spread: true,
                };
                Ok::<_, StoreError>((id, part))
            }
        };
        stream::iter(new)
            .map(write)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}

#[cfg(test)]
mod tests;
