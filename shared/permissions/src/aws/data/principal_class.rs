//! Principals that no policy can distinguish, and what limits them.

use super::{DocumentId, Grantee, ServiceControlPolicyId};
use iam::context::Context;
use iam::matching::Principal;
use std::sync::Arc;

/// A principal, or several that none of the policies that can concern them distinguishes
#[derive(Debug, Clone)]
pub(crate) struct PrincipalClass {
    /// One of them
    pub(crate) principal: Principal,
    pub(crate) extent: Extent,
    /// The account is empty when the principals belong to none
    pub(crate) account: Box<str>,
    /// Shared by all classes that the principal is in
    pub(crate) context: Arc<Context>,
    /// Documents of all identity-based policies, for grants by resources of other accounts; else empty
    pub(crate) identity: Vec<DocumentId>,
    /// Documents of those policies of the principal that hold a Deny
    pub(crate) denies: Vec<DocumentId>,
    pub(crate) boundary: Boundary,
    pub(crate) service_control: ServiceControl,
    /// An attached policy is not known, or none of the policies is
    pub(crate) incomplete: bool,
}

/// Says for whom a class stands
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Extent {
    /// The class stands for each principal of the class by itself
    Principal,
    /// The class stands for any principal of the account
    Account,
    /// The class stands for all whom conditions can allow, where they name nobody
    Limited(Grantee),
    /// The class stands for everybody, anonymous callers included
    Public,
}

impl Extent {
    /// Returns whether the class stands for principals of any account.
    pub(crate) const fn is_anybody(&self) -> bool {
        matches!(self, Self::Limited(_) | Self::Public)
    }
}

/// The permissions boundary of a principal
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Boundary {
    None,
    Document(DocumentId),
    NotKnown,
}

impl Boundary {
    /// Returns the document of the boundary, when there is one and it is known.
    pub(crate) const fn document(self) -> Option<DocumentId> {
        match self {
            Self::Document(document) => Some(document),
            Self::None | Self::NotKnown => None,
        }
    }
}

/// The service control policies that bind a principal
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ServiceControl {
    NotSupplied,
    Exempt,
    /// The policies that are attached to each level, from the root to the account
    Levels(Vec<Vec<ServiceControlPolicyId>>),
}

impl ServiceControl {
    /// Returns the policies that are attached to each level, from the root to the account. There are no levels when the policies are
    /// not known or bind nobody.
    pub(crate) fn levels(&self) -> &[Vec<ServiceControlPolicyId>] {
        match self {
            Self::Levels(levels) => levels,
            Self::NotSupplied | Self::Exempt => &[],
        }
    }
}
