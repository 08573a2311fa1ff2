//! Divides log files into shards.

use super::{KeyRange, LogFile};

/// Most that one shard holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Log files, at least 1.
    pub files: u64,
    /// Bytes as stored. A single file above it makes a shard of its own.
    pub bytes: u64,
}

/// A run of log files of one region, consecutive in the order of keys: what one worker scans.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shard {
    /// The name of the bucket.
    pub bucket: String,
    /// Holds the text with which all keys start.
    pub prefix: String,
    /// All keys are greater than this; for `start-after` of a listing.
    pub start_after: String,
    /// The last key.
    pub last_key: String,
    /// Number of log files.
    pub files: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Says whether only the records of global services are wanted.
    pub global_services_only: bool,
}

impl Shard {
    /// Returns whether the object at `key` is one of the log files of this shard. Keys beyond the last one end the
    /// listing.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        key > self.start_after.as_str() && key <= self.last_key.as_str() && LogFile::parse(key).is_some()
    }
}

/// Divides the log files of `range` into shards, in the order of keys, each as full as `bounds` allow: consecutive days
/// go together when they are small, and a large day is cut.
///
/// `listing` gives key and size of the objects in the order of keys, as S3 lists them; what lies before the range or is
/// not a log file is skipped; a key behind the range ends it. The iterator is lazy: a shard is made as soon as its last
/// file is known.
pub fn shards<K: AsRef<str>>(
    range: KeyRange,
    global_services_only: bool,
    bounds: Bounds,
    listing: impl IntoIterator<Item = (K, u64)>,
) -> impl Iterator<Item = Shard> {
    let (start, end) = (range.start_after.clone(), range.end);
    let mut start_after = range.start_after;
    let mut files = listing
        .into_iter()
        .skip_while(move |(key, _)| key.as_ref() <= start.as_str())
        .take_while(move |(key, _)| key.as_ref() < end.as_str())
        .filter(|(key, _)| LogFile::parse(key.as_ref()).is_some())
        .peekable();
    std::iter::from_fn(move || {
        let (first, size) = files.next()?;
        let (mut last_key, mut count, mut bytes) = (first, 1, size);
        while let Some((key, size)) =
            files.next_if(|(_, size)| count < bounds.files && bytes.saturating_add(*size) <= bounds.bytes)
        {
            (last_key, count, bytes) = (key, count + 1, bytes + size);
        }
        let last_key = last_key.as_ref().to_owned();
        Some(Shard {
            bucket: range.bucket.clone(),
            prefix: range.prefix.clone(),
            start_after: std::mem::replace(&mut start_after, last_key.clone()),
            last_key,
            files: count,
            bytes,
            global_services_only,
        })
    })
}
