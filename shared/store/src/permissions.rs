//! Reads and writes the table that permission search needs.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `CURRENT` | which snapshot is in force; the only item that decides, replaced by a conditional write |
//! | `<account>` | `SNAPSHOT#<id>#<copy>` | a snapshot that was written: when, how many pieces, and when it expires, if it does |
//! | `<account>` | `PART#<digest>#<copy>` | a part of snapshots, in the same way: the common part, a shard, the paths through several shards |
//! | `<account>#<copy>` | `<piece>` | a piece of the bytes of any of these |
//! | `<account>` | `MANIFEST` | the documents of the inventory: the versions in force and the refused ones; replaced by a conditional write |
//! | `<account>` | `DOCUMENT#<digest>#<copy>` | a text of a document, as `SNAPSHOT#…` is a snapshot |
//! | `<account>` | `SEARCH#<id>` | a query that can be run again by its id; with a name when it is saved |
//! | `<account>` | `SAVED#<name>` | the saved search that has the name, written with it in one transaction |
//! | `<account>` | `RECOMPILATION` | the wish that the snapshot in force, which cannot be read, is compiled anew |
//! | `<account>` | `STACK#<id>#<piece>` | what the stack granted when a page token was given |
//! | `<account>` | `POSITIONS#<id>#<piece>` | where the page of a token begins in each of several shards |
//! | `PAGE_TOKEN_KEY` | `PAGE_TOKEN_KEY` | the key that seals page tokens |
//!
//! A copy belongs to the one call that writes it, so that nobody else can bring it into force, and taking it out of
//! force is final. That is why the same snapshot, published again, is another copy: a call that retires the first one
//! late cannot touch the second.

mod copies;
mod documents;
mod ids;
mod page_tokens;
mod parts;
mod pinned;
mod publish;
mod recompilation;
mod searches;
mod snapshots;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;

use crate::page_token::{Form, PageTokens};

pub use documents::{ManifestVersion, digest};
pub use ids::{InvalidId, OwnGrantsId, PartId, PositionsId, SearchId, SnapshotId};
pub use page_tokens::PagePosition;
pub use parts::{NewPart, StoredSnapshot};
pub use pinned::PINNED_LIFE;
pub use searches::{Listed, Name, SEARCH_LIFE, Saving, StoredSearch};
pub use snapshots::{Current, Former, NewSnapshot, Published};

/// The table of permission search.
#[derive(Debug)]
pub struct Permissions {
    client: Client,
    table: String,
    tokens: PageTokens,
}

impl Permissions {
    /// Makes the store of the table with that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            tokens: PageTokens::new(Form::UrlSafe),
        }
    }
}
