//! Writes the parts of a snapshot as bytes, versioned and compressed.
//!
//! A snapshot is a [`SnapshotManifest`] and the parts that it names: the common part, the shards, and the paths to
//! administrator that lead through several shards. Equal parts have equal bytes, so that snapshots share what did not change.
//!
//! The inventory is stored, not the compiled form: it is smaller, needs no second definition of every compiled type, and
//! an engine that compiles better serves old snapshots better.

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{Read, Write};

/// First bytes of a manifest and of a part.
const MAGIC: [u8; 4] = *b"PSNP";

/// Version of the form that follows; another one is refused, and what it was made of is compiled anew. It is raised as well
/// when other facts or paths follow from the same documents.
const VERSION: u8 = 8;

/// The form that this program writes and reads, as a text to compare.
pub const FORM: &str = "8";

/// Most bytes of a part after decompression: what a function can hold beside the compiled form.
const MAX_BYTES: u64 = 256 << 20;

/// Says why bytes are not a part of a snapshot that can be used
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The bytes are not a part of a snapshot
    #[error("not a part of a snapshot")]
    NotSnapshot,
    /// The bytes are written in another form
    #[error("the snapshot has version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// The bytes are cut or damaged
    #[error("the snapshot is damaged")]
    Compression(#[from] std::io::Error),
    /// The bytes are damaged in a way that the compression did not notice
    #[error("the snapshot is damaged: {0}")]
    Contents(#[from] postcard::Error),
    /// The part is more than a function can hold
    #[error(
        "the documents of one account, or what all accounts must know of each other, have more than {MAX_BYTES} bytes"
    )]
    TooLarge,
}

/// Says what a snapshot consists of
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotManifest {
    /// UTC day that days of last access are counted to
    pub date: Date,
    /// Version of the action catalogue that the facts of shards and their paths follow from; empty when there is one shard
    pub catalogue: String,
    /// Says what every shard must know of all accounts
    pub common: StoredPart,
    /// Holds what is the same in all shards and is known without asking, as the facts of shards; empty when there is
    /// one shard
    pub facts: Vec<u8>,
    /// The shards in the order of account ids; never empty
    pub shards: Vec<StoredShard>,
}

/// A part of a snapshot
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPart {
    /// The digest of the bytes
    pub id: String,
    /// Bytes after decompression
    pub bytes: u64,
}

/// A shard, and what tells whether a search needs it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredShard {
    /// The documents of its accounts
    pub part: StoredPart,
    /// Holds what the shard says about paths to administrator that may lead through other shards; `None` when it says
    /// nothing. Imports need it, which do not compile an unchanged shard again
    pub open_paths: Option<StoredPart>,
    /// The paths to administrator of its sources that lead through other shards; `None` when there are none
    pub paths_across: Option<StoredPart>,
    /// Accounts whose users, roles and resources are here
    pub accounts: BTreeSet<String>,
    /// Users and roles
    pub principals: u64,
    /// Holds what is known of the shard without asking it, as bytes of the crate `permissions`; empty when it is the
    /// only shard
    pub facts: Vec<u8>,
}

/// Bytes to store
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Version and compressed contents
    pub bytes: Vec<u8>,
    /// Bytes before compression
    pub plain: u64,
}

impl SnapshotManifest {
    /// Returns the number of the shard that holds an account; `None` when no document is about it.
    #[must_use]
    pub fn shard_of(&self, account: &str) -> Option<usize> {
        self.shards
            .iter()
            .position(|shard| shard.accounts.contains(account))
    }
}

/// Encodes a manifest or a part; the same input gives the same bytes.
///
/// # Errors
/// [`StoredError::TooLarge`] for what [`decode`] would not read again; the others only when memory runs out.
pub fn encode(thing: &impl Serialize) -> Result<Encoded, StoredError> {
    let mut bytes = Vec::from(MAGIC);
    bytes.push(VERSION);
    let contents = postcard::to_allocvec(thing)?;
    let plain = u64::try_from(contents.len()).unwrap_or(u64::MAX);
    if plain > MAX_BYTES {
        return Err(StoredError::TooLarge);
    }
    let mut encoder = ZlibEncoder::new(bytes, Compression::default());
    encoder.write_all(&contents)?;
    Ok(Encoded {
        bytes: encoder.finish()?,
        plain,
    })
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`StoredError`] for anything else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoredError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(StoredError::NotSnapshot)?;
    let (&version, rest) = rest.split_first().ok_or(StoredError::NotSnapshot)?;
    if version != VERSION {
        return Err(StoredError::Version(version));
    }
    // Shards are compressed to about a sixth. Memory that is not written costs nothing, and a larger part still fits.
    let mut contents = Vec::with_capacity(rest.len().saturating_mul(8));
    ZlibDecoder::new(rest)
        .take(MAX_BYTES.saturating_add(1))
        .read_to_end(&mut contents)?;
    if u64::try_from(contents.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(StoredError::TooLarge);
    }
    Ok(postcard::from_bytes(&contents)?)
}

/// Compresses what is kept for a short while.
///
/// # Errors
/// Only when memory runs out.
pub(super) fn pack(thing: &impl Serialize) -> Result<Vec<u8>, StoredError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&postcard::to_allocvec(thing)?)?;
    Ok(encoder.finish()?)
}

/// Reads what [`pack`] has compressed.
///
/// # Errors
/// [`StoredError`] for anything else.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, StoredError> {
    let mut contents = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut contents)?;
    Ok(postcard::from_bytes(&contents)?)
}

#[cfg(test)]
mod tests;
