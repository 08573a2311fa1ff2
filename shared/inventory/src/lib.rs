//! What is known of accounts: the documents of the inventory, read and checked.
//!
//! Each file is read whole or refused whole: an [`InventoryError`] names the place, so that the last good snapshot can
//! stay. Statements that break the rules of the policy language do not refuse a file, because AWS stores some of them:
//! they are [`DocumentFinding`]s and take part in no decision.

mod authorization_details;
mod last_accessed;
mod merge;
mod organization;
mod part;
mod place;
mod resource_policies;
pub mod stored;
mod stored_document;
#[cfg(test)]
mod tests;

pub use authorization_details::{
    AuthorizationDetails, Group, InlinePolicy, ManagedPolicy, Role, User, read_authorization_details,
};
pub use last_accessed::{Access, LastAccessed, ServiceAccess, read_last_accessed};
pub use merge::{Merge, MergeError};
pub use organization::{Organization, OrganizationAccount, ServiceControlPolicy, read_organization};
pub use part::{Part, PartKind};
pub use place::{Named, Place};
pub use resource_policies::{ResourcePolicies, ResourcePolicyDocument, read_resource_policies};

use iam::document::{Document, DocumentError, Finding, PolicyKind};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// Why an inventory file was refused
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// Not JSON of the file's shape; the message of the source names line and column
    #[error("not an inventory file of this kind: {0}")]
    Shape(#[from] serde_json::Error),
    /// A policy document that cannot be read
    #[error("{place}: {source}")]
    Document {
        /// Path of members from the top of the file, for example `RoleDetailList[3].AssumeRolePolicyDocument`
        place: String,
        /// What is wrong with it
        source: DocumentError,
    },
    /// An ARN where one is needed and the text is none
    #[error("{place}: `{text}` is not the ARN of {expected}")]
    NotArn {
        /// Path of members from the top of the file
        place: String,
        /// What stands there
        text: String,
        /// What should stand there
        expected: &'static str,
    },
    /// The same thing twice
    #[error("{place}: `{name}` is given more than once")]
    Duplicate {
        /// Path of members from the top of the file
        place: String,
        /// ARN, id or name
        name: String,
    },
    /// A reference to something that the file does not hold
    #[error("{place}: there is no `{name}`")]
    Dangling {
        /// Path of members from the top of the file
        place: String,
        /// What is referred to
        name: String,
    },
    /// A managed policy without a version that is in force
    #[error("{place}: no version is the default one")]
    NoDefaultVersion {
        /// Path of members from the top of the file
        place: String,
    },
    /// Pages of an answer of which the last one is not there
    #[error("{place}: IsTruncated is true, so that pages are missing")]
    Truncated {
        /// Path of members from the top of the file
        place: String,
    },
    /// A report that IAM was still making, or could not make
    #[error("{place}: `{status}` is not `COMPLETED`, so that the report is not finished")]
    Unfinished {
        /// Path of members from the top of the file
        place: String,
        /// What stands there
        status: String,
    },
    /// Something of another account than the one that the place of the document says
    #[error("`{name}` is not of the account {account}, in whose folder the document lies")]
    OtherAccount {
        /// ARN
        name: String,
        /// Twelve digits
        account: String,
    },
    /// A date that cannot be read
    #[error("{place}: `{text}` is not a date")]
    NotDate {
        /// Path of members from the top of the file
        place: String,
        /// What stands there
        text: String,
    },
}

/// Something odd about a policy document that was read all the same
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFinding {
    /// Path of members from the top of the file
    pub place: String,
    /// What was found
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
    /// Service control policies, when they were collected
    pub organization: Option<Organization>,
    /// When actions were last used, when that was collected
    pub last_accessed: Option<LastAccessed>,
}

fn document(
    raw: &RawValue,
    kind: PolicyKind,
    place: &str,
    findings: &mut Vec<DocumentFinding>,
) -> Result<Document, InventoryError> {
    let parsed = Document::parse(raw.get(), kind).map_err(|source| InventoryError::Document {
        place: place.to_owned(),
        source,
    })?;
    findings.extend(parsed.findings.into_iter().map(|finding| DocumentFinding {
        place: place.to_owned(),
        finding,
    }));
    Ok(parsed.document)
}

/// A member that is `null` counts as absent: encoders of several SDKs write one for the other.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(source: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}

/// Reads the day of an instant as AWS tools write it: `T` or a blank between date and time, `Z` or an offset.
fn day(text: &str, place: impl FnOnce() -> String) -> Result<Date, InventoryError> {
    let instant: Result<jiff::Timestamp, _> = text.parse();
    let date: Result<Date, _> = instant
        .map(|instant| instant.to_zoned(jiff::tz::TimeZone::UTC).date())
        .or_else(|_| text.parse());
    let Ok(date) = date else {
        return Err(InventoryError::NotDate {
            place: place(),
            text: text.to_owned(),
        });
    };
    Ok(date)
}
