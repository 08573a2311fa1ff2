//! One document of an inventory, of whichever kind.

use super::{
    AuthorizationDetails, DocumentFinding, InventoryError, LastAccessed, Organization, ResourcePolicies,
    read_authorization_details, read_last_accessed, read_organization, read_resource_policies,
};
use iam::arn::Arn;
use std::fmt;

/// What a document says, known by its name
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// `authorization-details.json`
    AuthorizationDetails,
    /// `last-accessed.json`
    LastAccessed,
    /// `resource-policies.json`
    ResourcePolicies,
    /// `service-control-policies.json`
    ServiceControlPolicies,
}

impl PartKind {
    /// All kinds, by name.
    pub const ALL: [Self; 4] = [
        Self::AuthorizationDetails,
        Self::LastAccessed,
        Self::ResourcePolicies,
        Self::ServiceControlPolicies,
    ];

    /// The name without its ending.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationDetails => "authorization-details",
            Self::LastAccessed => "last-accessed",
            Self::ResourcePolicies => "resource-policies",
            Self::ServiceControlPolicies => "service-control-policies",
        }
    }

    /// The kind that has this name; `None` when no kind has.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A document, read and checked
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Users, groups, roles, managed policies
    AuthorizationDetails(AuthorizationDetails),
    /// When actions were last used
    LastAccessed(LastAccessed),
    /// Policies of resources
    ResourcePolicies(ResourcePolicies),
    /// Service control policies
    ServiceControlPolicies(Organization),
}

impl Part {
    /// Reads the text of a document of that kind.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub fn read(kind: PartKind, text: &str) -> Result<Self, InventoryError> {
        Ok(match kind {
            PartKind::AuthorizationDetails => Self::AuthorizationDetails(read_authorization_details(text)?),
            PartKind::LastAccessed => Self::LastAccessed(read_last_accessed(text)?),
            PartKind::ResourcePolicies => Self::ResourcePolicies(read_resource_policies(text)?),
            PartKind::ServiceControlPolicies => Self::ServiceControlPolicies(read_organization(text)?),
        })
    }

    /// Makes sure that users, groups, roles and policies are of that account.
    ///
    /// # Errors
    /// [`InventoryError::OtherAccount`] with the first one that is not.
    pub fn is_of(&self, account: &str) -> Result<(), InventoryError> {
        let is_other = |arn: &&str| {
            let owner = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
            owner != account && owner != "aws"
        };
        let other = match self {
            Self::AuthorizationDetails(details) => details.arns().find(is_other),
            Self::LastAccessed(report) => report.entities.keys().map(String::as_str).find(is_other),
            // What others own may stand beside what the account owns.
            Self::ResourcePolicies(_) | Self::ServiceControlPolicies(_) => None,
        };
        other.map_or(Ok(()), |name| {
            Err(InventoryError::OtherAccount {
                name: name.to_owned(),
                account: account.to_owned(),
            })
        })
    }

    /// What is odd about the policy documents in it.
    #[must_use]
    pub fn findings(&self) -> &[DocumentFinding] {
        match self {
            Self::AuthorizationDetails(details) => &details.findings,
            Self::LastAccessed(_) => &[],
            Self::ResourcePolicies(policies) => &policies.findings,
            Self::ServiceControlPolicies(organization) => &organization.findings,
        }
    }
}
