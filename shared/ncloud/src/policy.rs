//! A policy that has passed validation, in the form in which it is stored and read back.

use serde::{Deserialize, Serialize};

/// A policy without an ERROR. Every string is exactly as received, but for a bare `*` among the resources, which
/// the service keeps as `nrn:*:<product>:*::*`; members that the API does not know are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    #[serde(rename = "policyName")]
    name: String,
    description: String,
    permissions: Vec<Permission>,
}

/// Holds what a policy allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The effect, which is always `Allow`.
    pub effect: Effect,
    /// There is at least one target.
    pub targets: Vec<Target>,
}

/// The status of a permission; the service supports `Allow` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The targets' actions are allowed.
    Allow,
}

/// Actions of one product on some of its resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// A product code.
    pub product: String,
    /// There is at least one action.
    pub actions: Vec<String>,
    /// There is at least one resource name.
    pub resource_nrns: Vec<String>,
}

impl Policy {
    /// Returns a policy that the store holds. It was valid when it was stored and is not checked again: the rules of a
    /// later release must not make it unreadable.
    #[must_use]
    pub fn restore(name: String, description: String, permissions: Vec<Permission>) -> Self {
        Self {
            name,
            description,
            permissions,
        }
    }

    /// Returns the name, 3 to 30 characters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description, at most 300 bytes; it may be empty.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the permissions as they are stored and read back: at least one, at most 350 KiB as JSON.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Returns name, description and permissions, for the store.
    #[must_use]
    pub fn into_parts(self) -> (String, String, Vec<Permission>) {
        (self.name, self.description, self.permissions)
    }
}
