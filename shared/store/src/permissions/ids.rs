//! Makes ids that follow from what they name: equal contents have equal ids.

use std::fmt::{self, Write as _};

use model::account::AccountId;
use sha2::{Digest, Sha256};

/// Bytes of the hash that make an id.
const BYTES: usize = 16;

/// A text that is not one of these ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 32 hexadecimal digits")]
pub struct InvalidId;

/// Makes an id: a text of 32 hexadecimal digits.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        model::checked_text!($(#[$doc])* #[derive(Debug)] $name, InvalidId, |text| {
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let is_id = text.len() == BYTES * 2 && text.bytes().all(is_digit);
            is_id.then_some(()).ok_or(InvalidId)
        });

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Makes an id that is derived from the bytes of what it names.
macro_rules! id_of_bytes {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        id!($(#[$doc])* $name);

        impl $name {
            /// Returns the id of these bytes.
            #[must_use]
            pub fn of(bytes: &[u8]) -> Self {
                Self(digits(bytes))
            }
        }
    )*};
}

id_of_bytes! {
    /// The id of a snapshot: 32 hexadecimal digits, derived from its manifest.
    SnapshotId,
    /// The id of a part of a snapshot: 32 hexadecimal digits, derived from its bytes.
    PartId,
    /// The id of own grants: 32 hexadecimal digits, derived from their bytes.
    OwnGrantsId,
    /// The id of the positions in several shards at which a page begins: 32 hexadecimal digits, derived from their bytes.
    PositionsId,
}

id!(
    /// The id of a search: 32 hexadecimal digits, derived from the tenant and the query.
    SearchId
);

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
