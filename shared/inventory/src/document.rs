//! One document of the inventory, of any kind.

use super::recognize::recognize;
use super::stored::{StoredError, pack, unpack};
use super::{
    AuthorizationDetails, Compute, CredentialReport, DocumentFinding, DocumentKind, InventoryError,
    LastAccessed, Organization, ResourcePolicies, read_authorization_details, read_compute,
    read_credential_report, read_last_accessed, read_organization, read_resource_policies,
};
use iam::arn::Arn;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A document of the inventory, read and checked
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InventoryDocument {
    /// Users, groups, roles, managed policies
    AuthorizationDetails(AuthorizationDetails),
    /// Functions and instances with their roles
    Compute(Compute),
    /// Passwords, access keys and MFA devices of users
    CredentialReport(CredentialReport),
    /// The document says when actions were last used
    LastAccessed(LastAccessed),
    /// Accounts of the organization with the policies that bind them
    Organization(Organization),
    /// Policies of resources
    ResourcePolicies(ResourcePolicies),
}

/// A document that was read and checked, compressed: an import holds all new documents so, and reads no text twice
#[derive(Debug, Clone)]
pub struct PackedDocument {
    packed: Vec<u8>,
    /// The day of a report of last accesses, which its stored form leaves out
    as_of: Option<Date>,
}

impl PackedDocument {
    /// Compresses a document, without its findings.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn of(document: &InventoryDocument) -> Result<Self, StoredError> {
        let as_of = match document {
            InventoryDocument::LastAccessed(report) => report.as_of,
            InventoryDocument::AuthorizationDetails(_)
            | InventoryDocument::Compute(_)
            | InventoryDocument::CredentialReport(_)
            | InventoryDocument::Organization(_)
            | InventoryDocument::ResourcePolicies(_) => None,
        };
        let packed = pack(document)?;
        Ok(Self { packed, as_of })
    }

    /// Returns the document, without its findings.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn document(&self) -> Result<InventoryDocument, StoredError> {
        let mut document = unpack(&self.packed)?;
        if let InventoryDocument::LastAccessed(report) = &mut document {
            report.as_of = self.as_of;
        }
        Ok(document)
    }
}

impl InventoryDocument {
    /// Reads the text of a document of this kind.
    ///
    /// # Errors
    /// See [`InventoryError`]; [`InventoryError::OtherFile`] instead of a fault of form when the text is recognized as
    /// something else.
    pub fn read(kind: DocumentKind, text: &str) -> Result<Self, InventoryError> {
        let read = match kind {
            DocumentKind::AuthorizationDetails => {
                read_authorization_details(text).map(Self::AuthorizationDetails)
            }
            DocumentKind::Compute => read_compute(text).map(Self::Compute),
            DocumentKind::CredentialReport => read_credential_report(text).map(Self::CredentialReport),
            DocumentKind::LastAccessed => read_last_accessed(text).map(Self::LastAccessed),
            DocumentKind::Organization => read_organization(text).map(Self::Organization),
            DocumentKind::ResourcePolicies => read_resource_policies(text).map(Self::ResourcePolicies),
        };
        read.map_err(|error| match error {
            InventoryError::NotJson(_)
            | InventoryError::Shape(_)
            | InventoryError::NoList { .. }
            | InventoryError::NoDefaultVersion { .. }
            | InventoryError::Csv(_) => match recognize(text, kind) {
                Some(found) => InventoryError::OtherFile { kind, found },
                None => error,
            },
            InventoryError::Empty
            | InventoryError::OtherFile { .. }
            | InventoryError::Policy { .. }
            | InventoryError::NotArn { .. }
            | InventoryError::NotAccount { .. }
            | InventoryError::Duplicate { .. }
            | InventoryError::Dangling { .. }
            | InventoryError::TooDeep { .. }
            | InventoryError::MissingPages { .. }
            | InventoryError::Unfinished { .. }
            | InventoryError::OtherAccount { .. }
            | InventoryError::NotDate { .. } => error,
        })
    }

    /// Makes sure that everything that one account owns belongs to this account.
    ///
    /// # Errors
    /// [`InventoryError::OtherAccount`] with the first thing that does not.
    pub fn is_of(&self, account: &str) -> Result<(), InventoryError> {
        let is_other = |arn: &&str| {
            let owner = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
            owner != account && owner != "aws"
        };
        let other = match self {
            Self::AuthorizationDetails(details) => details.arns().find(is_other),
            Self::LastAccessed(report) => report.entities.keys().map(String::as_str).find(is_other),
            Self::CredentialReport(report) => report.users.keys().map(String::as_str).find(is_other),
            Self::Compute(compute) => compute
                .resources
                .iter()
                .map(|resource| resource.arn.as_str())
                .find(is_other),
            // The document may also hold resources of other accounts, and an organization has many accounts.
            Self::ResourcePolicies(_) | Self::Organization(_) => None,
        };
        other.map_or(Ok(()), |name| {
            Err(InventoryError::OtherAccount {
                name: name.to_owned(),
                account: account.to_owned(),
            })
        })
    }

    /// Returns what is odd about the policy documents in it.
    #[must_use]
    pub fn findings(&self) -> &[DocumentFinding] {
        match self {
            Self::AuthorizationDetails(details) => &details.findings,
            Self::LastAccessed(_) | Self::CredentialReport(_) | Self::Compute(_) => &[],
            Self::ResourcePolicies(policies) => &policies.findings,
            Self::Organization(organization) => &organization.findings,
        }
    }

    /// Returns how much the document holds: what, in the words of the API, and how many.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        match self {
            Self::AuthorizationDetails(details) => vec![
                ("users", details.users.len()),
                ("groups", details.groups.len()),
                ("roles", details.roles.len()),
                ("policies", details.policies.len()),
            ],
            Self::Compute(compute) => vec![("computeResources", compute.resources.len())],
            Self::CredentialReport(report) => vec![("users", report.users.len())],
            Self::LastAccessed(report) => vec![("reports", report.entities.len())],
            Self::Organization(organization) => vec![
                ("accounts", organization.accounts.len()),
                ("policies", organization.policies().count()),
            ],
            Self::ResourcePolicies(found) => vec![
                ("resources", found.resources.len()),
                ("resourcePolicies", found.policies.len()),
            ],
        }
    }

    /// Returns what the document holds by ARN, id or account, so that two versions of a document can be compared.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        match self {
            Self::AuthorizationDetails(details) => details.arns().map(str::to_owned).collect(),
            Self::LastAccessed(report) => report.entities.keys().cloned().collect(),
            Self::CredentialReport(report) => report.users.keys().cloned().collect(),
            Self::Compute(compute) => compute.resources.iter().map(|one| one.arn.clone()).collect(),
            Self::ResourcePolicies(found) => found.policies.iter().map(|one| one.resource.clone()).collect(),
            Self::Organization(organization) => {
                let accounts = organization.accounts.iter().map(|account| account.id.clone());
                let policies = organization.policies().map(|policy| policy.id.to_owned());
                accounts.chain(policies).collect()
            }
        }
    }
}
