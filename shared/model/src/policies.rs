//! Requests about policies, except the policy itself, which has its validator, and replies.
//!
//! Source: API of NAVER Cloud Sub Account, policies. `PUT` and `POST` have a `description`, `GET` of a
//! `policyDesc`.

mod if_match;
mod list;
mod reply;
mod sub_account;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use if_match::{IfMatch, IfNoneMatch, InvalidIfMatch, InvalidIfNoneMatch};
pub use list::{ListPolicies, PolicyPage};
pub use reply::{GetPolicyReply, ItemReply, PolicyResourceReply, WritePolicyReply};
pub use sub_account::{PolicyIdList, SubAccountId};

/// Says who made a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// The account made the policy.
    UserCreated,
    /// The service made the policy; nobody else can change it.
    SystemManaged,
}

impl PolicyType {
    /// Returns the API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "USER_CREATED",
            Self::SystemManaged => "SYSTEM_MANAGED",
        }
    }

    /// Returns the type of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "USER_CREATED" => Some(Self::UserCreated),
            "SYSTEM_MANAGED" => Some(Self::SystemManaged),
            _ => None,
        }
    }
}

/// A policy without its permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySummary {
    /// The id, an opaque text.
    pub policy_id: String,
    /// The name, as the request has it.
    pub policy_name: String,
    /// Says who made it.
    pub policy_type: PolicyType,
    /// The description as received, which may be empty.
    pub policy_desc: String,
}
