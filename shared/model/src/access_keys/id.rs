//! The id of an access key.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid};

use crate::account::AccountId;
use crate::request::Constraint;

/// Bytes of the id that hold the number of the account; 10^12 numbers need 40 bits.
const ACCOUNT_BYTES: usize = 6;

/// The id of an access key: a UUID of version 8 (RFC 9562, section 5.8) whose first 48 bits are the number of the
/// account that the key belongs to. The other 74 bits are random.
///
/// A client that logs in names its access key and nothing else. The account in the id is the partition in which the
/// key is looked up; whether the client may act for the account is decided by the secret alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(Uuid);

impl AccessKeyId {
    /// Returns a new id of a key of the account.
    #[must_use]
    pub fn new(account: &AccountId, random: Uuid) -> Self {
        let mut bytes = random.into_bytes();
        // An account has twelve digits, so that its number always fits.
        let number: u64 = account.as_str().parse().unwrap_or_default();
        let account_bytes = number.to_be_bytes().into_iter().skip(8 - ACCOUNT_BYTES);
        for (byte, of_account) in bytes.iter_mut().zip(account_bytes) {
            *byte = of_account;
        }
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Returns the account that the key belongs to.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        let number = self
            .0
            .as_bytes()
            .iter()
            .take(ACCOUNT_BYTES)
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        format!("{number:012}").parse().ok()
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Parses only what [`AccessKeyId::new`] makes, in its one spelling.
impl FromStr for AccessKeyId {
    type Err = Constraint;

    fn from_str(text: &str) -> Result<Self, Constraint> {
        let refuse = || Constraint::new("Member must be the id of an access key");
        let id = Self(text.parse().map_err(|_no_uuid: uuid::Error| refuse())?);
        let is_ours = id.0.get_version_num() == 8 && id.account().is_some() && id.to_string() == text;
        if is_ours { Ok(id) } else { Err(refuse()) }
    }
}
