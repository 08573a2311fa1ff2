//! The inventory is what is known of accounts: documents, read and checked.
//!
//! Each document is read whole or refused whole: an [`InventoryError`] says what is wrong and where, so that the last
//! good version can stay in force. Statements that break the rules of the policy language do not refuse a document,
//! because AWS stores some of them: they are [`DocumentFinding`]s and take part in no decision.
//!
//! From text to snapshot: a [`DocumentKey`] says which [`DocumentKind`] a text is, [`InventoryDocument::read`] reads it,
//! [`Merge`] takes documents together, [`Gathered`] holds what they say and divides it into shards,
//! [`Inventory::missing`] lists what is still missing, and [`stored`] makes bytes of the shards.

mod authorization_details;
mod compute;
mod credential_report;
mod document;
mod document_key;
mod document_kind;
mod elsewhere;
mod error;
mod gathered;
mod joined;
mod last_accessed;
pub mod managed_policies;
mod merge;
mod missing;
mod organization;
mod policy;
mod recognize;
mod resource_policies;
mod shard;
pub mod stored;
#[cfg(test)]
mod tests;

pub use authorization_details::{
    AuthorizationDetails, Group, InlinePolicy, ManagedPolicy, Role, User, read_authorization_details,
};
pub use compute::{Compute, ComputeResource, read_compute};
pub use credential_report::{AccessKey, CredentialReport, Credentials, Password, read_credential_report};
pub use document::{InventoryDocument, PackedDocument};
pub use document_key::{DocumentKey, DocumentName};
pub use document_kind::DocumentKind;
pub use elsewhere::{Elsewhere, NamedPrincipal, TrustedRole, issuers};
pub use error::InventoryError;
pub use gathered::{Divided, Gathered, Gathering};
pub use last_accessed::{Access, LastAccessed, ServiceAccess, read_last_accessed};
pub use merge::{Merge, MergeError};
pub use missing::{Missing, MissingKind};
pub use organization::{
    Level, Organization, OrganizationAccount, OrganizationPolicy, ResourceControlPolicy,
    ServiceControlPolicy, read_organization,
};
pub use resource_policies::{
    Collected, PolicyPresence, PublicAccessBlock, Resource, ResourcePolicies, ResourcePolicyDocument,
    read_resource_policies,
};
pub use shard::{Common, Division, Running, Shard, ShardSize};

use iam::document::Finding;
use jiff::civil::Date;
use model::account::AccountId;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// Something odd about a policy document that was read all the same
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFinding {
    /// Path of members from the top of the document
    pub location: String,
    /// Says what was found
    pub finding: Finding,
}

/// Everything known of the accounts that one snapshot covers
///
/// An absent supplement is not an empty one: without it its layer is not evaluated, and rows say so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Users, groups, roles and managed policies, of any number of accounts
    pub details: AuthorizationDetails,
    /// Policies of resources, when they were collected
    pub resource_policies: Option<ResourcePolicies>,
    /// Accounts, levels and policies of the organization, when they were collected
    pub organization: Option<Organization>,
    /// Says when actions were last used, if that was collected
    pub last_accessed: Option<LastAccessed>,
    /// Passwords, access keys and MFA devices of users, when they were collected
    pub credentials: Option<CredentialReport>,
    /// Functions, instances and other compute resources, when they were collected
    pub compute: Option<Compute>,
}

/// Refuses a text that says nothing: white space only, `{}` or `[]`.
fn refuse_empty(text: &str) -> Result<(), InventoryError> {
    let text = text.trim();
    let inner = ["{}", "[]"].into_iter().find_map(|pair| {
        let (open, close) = pair.split_at(1);
        text.strip_prefix(open)?.strip_suffix(close)
    });
    if text.is_empty() || inner.is_some_and(|inner| inner.trim().is_empty()) {
        return Err(InventoryError::Empty);
    }
    Ok(())
}

/// Returns names of services or regions in lower case.
fn lower(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| name.to_lowercase()).collect()
}

/// Returns whether the text is an account id.
fn is_account(text: &str) -> bool {
    text.parse::<AccountId>().is_ok()
}

/// Reads a member, and counts `null` as absent: encoders of several SDKs write one for the other.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

/// Reads the day of an instant as AWS tools write it: `T` or a blank between date and time, `Z` or an offset.
fn day(text: &str, location: impl FnOnce() -> String) -> Result<Date, InventoryError> {
    let instant: Result<jiff::Timestamp, _> = text.parse();
    let date: Result<Date, _> = instant
        .map(|instant| instant.to_zoned(jiff::tz::TimeZone::UTC).date())
        .or_else(|_| text.parse());
    let Ok(date) = date else {
        return Err(InventoryError::NotDate {
            location: location(),
            text: text.to_owned(),
        });
    };
    Ok(date)
}
