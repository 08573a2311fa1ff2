//! The kinds of documents, and their names.

use std::fmt;

/// Says what a document is about. The name of the document shows its kind
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// The document is `authorization-details.json`.
    AuthorizationDetails,
    /// The document is `compute.json`.
    Compute,
    /// The document is `credential-report.csv`.
    CredentialReport,
    /// The document is `last-accessed.json`.
    LastAccessed,
    /// `organization.json`, also `service-control-policies.json`
    Organization,
    /// The document is `resource-policies.json`.
    ResourcePolicies,
}

/// The name that `organization` had while it held service control policies only.
const OLD_NAME_OF_ORGANIZATION: &str = "service-control-policies";

impl DocumentKind {
    /// All kinds, by name.
    pub const ALL: [Self; 6] = [
        Self::AuthorizationDetails,
        Self::Compute,
        Self::CredentialReport,
        Self::LastAccessed,
        Self::Organization,
        Self::ResourcePolicies,
    ];

    /// Returns the name of documents of this kind, without its ending.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationDetails => "authorization-details",
            Self::Compute => "compute",
            Self::CredentialReport => "credential-report",
            Self::LastAccessed => "last-accessed",
            Self::Organization => "organization",
            Self::ResourcePolicies => "resource-policies",
        }
    }

    /// Returns the kind of the documents that have this name; `None` for any other name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == OLD_NAME_OF_ORGANIZATION {
            return Some(Self::Organization);
        }
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
