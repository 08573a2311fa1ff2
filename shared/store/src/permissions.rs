//! The table of what permission search needs.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `CURRENT` | which snapshot is in force; the only item that decides, replaced by a conditional write |
//! | `<account>` | `SNAPSHOT#<id>#<copy>` | a snapshot that was written: when, how many pieces, and when it expires, if it does |
//! | `<account>#<copy>` | `<piece>` | a piece of its bytes |
//! | `<account>` | `MANIFEST` | the documents of the inventory: the versions in force and the refused ones; replaced by a conditional write |
//! | `<account>` | `DOCUMENT#<digest>#<copy>` | a text of a document, as `SNAPSHOT#…` is a snapshot |
//! | `PAGE_TOKEN_KEY` | `PAGE_TOKEN_KEY` | the key that seals page tokens |
//!
//! A copy belongs to the one call that writes it, so that nobody else can bring it into force, and taking it out of
//! force is final. That is why the same snapshot, published again, is another copy: a call that retires the first one
//! late cannot touch the second.

mod copies;
mod documents;
mod snapshots;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;

pub use documents::{ManifestVersion, digest};
pub use snapshots::{Current, InvalidSnapshotId, NewSnapshot, Published, SnapshotId};

/// The table of permission search.
#[derive(Debug)]
pub struct Permissions {
    client: Client,
    table: String,
}

impl Permissions {
    /// The table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}
