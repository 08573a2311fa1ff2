//! Ids of rows: they follow from what a row is, so that the same row has the same id wherever it is found.

use sha2::{Digest, Sha256};

/// Returns the id of the row with this identity: 64 hexadecimal digits.
pub(crate) fn row_id<'i>(identity: impl IntoIterator<Item = &'i str>) -> String {
    let mut hash = Sha256::new();
    for part in identity {
        // The length before each text separates neighbouring texts, whatever they hold.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    let mut hex = String::with_capacity(64);
    hex.extend(halves.filter_map(|half| char::from_digit(half.into(), 16)));
    hex
}

/// Returns the first eight bytes of an id, which are enough to notice another id.
pub(crate) fn start(id: &str) -> u64 {
    id.get(..16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_default()
}
