//! What is known of an account, in numbers.

use serde::{Deserialize, Serialize};

/// How much a snapshot holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Accounts with at least one user, group, role or policy of their own.
    pub accounts: u64,
    /// IAM users.
    pub users: u64,
    /// IAM groups.
    pub groups: u64,
    /// IAM roles.
    pub roles: u64,
    /// Managed policies.
    pub policies: u64,
    /// Policies of resources.
    pub resource_policies: u64,
}
