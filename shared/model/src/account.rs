//! Says to which account data belong.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::request::Constraint;

/// Twelve decimal digits that name an AWS account.
///
/// The caller's account is the tenant: the partition key of everything that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// Returns whether the text is the id of an account. The one place that knows what such an id looks like.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Returns the twelve digits of the account.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = Constraint;

    fn from_str(text: &str) -> Result<Self, Constraint> {
        if Self::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Constraint::pattern(r"\d{12}"))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = Constraint;

    fn try_from(text: String) -> Result<Self, Constraint> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        account.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
