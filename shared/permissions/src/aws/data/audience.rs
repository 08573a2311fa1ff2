//! Holds the audience: the principals that a statement about everybody allows.

use iam::matching::PrincipalEntry;

/// Says which principals an Allow statement with `Principal: "*"` or `NotPrincipal` allows, by its conditions
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// No condition limits the statement to fixed principals, accounts, organizations or networks: it is public
    Public,
    /// The statement allows at most these grantees, sorted
    Limited(Vec<Grantee>),
}

/// Names one or many that a statement can allow
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Grantee {
    /// A principal that a policy can name
    Principal(PrincipalEntry),
    /// All principals of an organization, by its id
    Organization(Box<str>),
    /// Any service, on behalf of an account, a resource or an organization
    Services,
    /// Everybody in a network, or behind an endpoint or access point
    Network,
}

impl Audience {
    /// Returns whether the grantee means principals, each of which has rows. A network has one row for everybody in it,
    /// and so have the services.
    pub(crate) fn means_principals(&self) -> bool {
        match self {
            Self::Public => false,
            Self::Limited(grantees) => grantees
                .iter()
                .any(|one| matches!(one, Grantee::Principal(_) | Grantee::Organization(_))),
        }
    }
}
