//! The audience is whom a statement lets in that names everybody.

use iam::matching::PrincipalEntry;

/// Whom an Allow statement with `Principal: "*"` or `NotPrincipal` lets in, by its conditions
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// No condition limits it to fixed principals, accounts, organizations or networks: it is public
    Public,
    /// These at most, sorted
    Limited(Vec<Grantee>),
}

/// One or many whom a statement can let in
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Grantee {
    /// Whom a policy can name
    Principal(PrincipalEntry),
    /// All principals of an organization, by its id
    Organization(Box<str>),
    /// Any service, on behalf of an account, a resource or an organization
    Services,
    /// Everybody who comes from a network, or through an endpoint or access point
    Network,
}

impl Audience {
    /// Whether it means principals, who each have rows; a network has one row for everybody who comes from it, and so have
    /// the services.
    pub(crate) fn means_principals(&self) -> bool {
        match self {
            Self::Public => false,
            Self::Limited(grantees) => grantees
                .iter()
                .any(|one| matches!(one, Grantee::Principal(_) | Grantee::Organization(_))),
        }
    }
}
