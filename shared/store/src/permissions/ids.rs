//! Ids that follow from what they name: equal contents have equal ids.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use model::account::AccountId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of the hash that make an id.
const BYTES: usize = 16;

/// A text that is not one of these ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 32 hexadecimal digits")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the digits of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                let is_id = text.len() == BYTES * 2 && text.bytes().all(is_digit);
                is_id.then_some(Self(text)).ok_or(InvalidId)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// The id of a snapshot: 32 hexadecimal digits, derived from its manifest.
    SnapshotId,
    /// The id of a part of a snapshot: 32 hexadecimal digits, derived from its bytes.
    PartId,
    /// The id of grants of this stack: 32 hexadecimal digits, derived from their bytes.
    StackId,
    /// The id of positions where a page begins in several shards: 32 hexadecimal digits, derived from their bytes.
    PositionsId,
    /// The id of a search: 32 hexadecimal digits, derived from the tenant and the query.
    SearchId,
}

impl SnapshotId {
    /// Makes the id of the snapshot with this manifest.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(digits(bytes))
    }
}

impl PartId {
    /// Makes the id of the part with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(digits(bytes))
    }
}

impl StackId {
    /// Makes the id of the grants with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(digits(bytes))
    }
}

impl PositionsId {
    /// Makes the id of the positions with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(digits(bytes))
    }
}

impl SearchId {
    /// Makes the id of a search of a tenant. `identity` is the same for queries that mean the same.
    #[must_use]
    pub fn of(account: &AccountId, identity: &str) -> Self {
        // An account has twelve digits, so that two pairs never have the same text.
        Self(digits(format!("{account}{identity}").as_bytes()))
    }
}

fn digits(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(BYTES * 2);
    for byte in Sha256::digest(bytes).iter().take(BYTES) {
        // Writing to a string cannot fail.
        _ = write!(digits, "{byte:02x}");
    }
    digits
}
