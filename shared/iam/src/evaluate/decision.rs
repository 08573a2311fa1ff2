//! Holds the answer and its reasons.

use crate::condition::Expression;

/// Says what was decided
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The request is allowed.
    Allowed,
    /// Allowed when the residual condition holds
    Conditional(Expression),
    /// A Deny statement matches
    ExplicitDeny,
    /// Nothing allows it
    ImplicitDeny,
    /// The question is not valid: the action does not work on such a resource, or only AWS can do it
    NotApplicable,
}

impl Outcome {
    pub(super) fn differs(&self, other: &Self) -> bool {
        self != other
    }

    /// Returns how much speaks against the request, to join several answers.
    const fn severity(&self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::Allowed => 1,
            Self::Conditional(_) => 2,
            Self::ImplicitDeny => 3,
            Self::ExplicitDeny => 4,
        }
    }
}

/// Says to which layer a statement belongs
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Policies of the principal and its groups
    Identity,
    /// The permissions boundary decided.
    Boundary,
    /// The session policies decided.
    Session,
    /// Service control policies; level 0 is the organization's root
    ServiceControl(usize),
    /// Resource control policies; level 0 is the organization's root
    ResourceControl(usize),
    /// The resource's own policy
    Resource,
}

/// A statement that counted
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementRef<'a> {
    /// Says to which layer the statement belongs
    pub layer: Layer,
    /// Name of the policy
    pub policy: &'a str,
    /// Place in the document, from 0
    pub statement: usize,
    /// The statement's own name
    pub sid: Option<&'a str>,
    /// The group through which the policy comes
    pub group: Option<&'a str>,
}

/// A reservation about the answer
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag<'a> {
    /// The decision depends on how the wildcards of this pattern are read
    AmbiguousMatch(&'a str),
    /// A policy of the principal is missing
    Incomplete,
    /// A Deny depends on something unknown
    ConditionalDeny,
    /// A statement of this policy that may be a Deny is invalid and was left out
    InvalidDeny(&'a str),
    /// A variable in a statement of this policy has neither value nor default, so the statement, or an entry of it,
    /// does not apply
    VariableWithoutValue(&'a str),
    /// Service control policies are not known
    ServiceControlNotEvaluated,
    /// Resource control policies are not known
    ResourceControlNotEvaluated,
    /// The resource's policy is not known
    ResourcePolicyNotEvaluated,
    /// The resource's owner is not known; taken as the principal's account
    OwnerAssumed,
    /// The action needs no permission, so that no policy decides it
    NeedsNoPermission,
}

/// Says what AWS takes into account and this decision does not
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotModelled {
    /// Access control lists of Amazon S3
    S3AccessControlLists,
    /// Grants of AWS KMS
    KmsGrants,
    /// Lake Formation's permissions
    LakeFormation,
    /// Shares by AWS RAM to other accounts
    ResourceShares,
    /// Policies of VPC endpoints on the way
    VpcEndpointPolicies,
}

/// The answer to a request, with its reasons
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Says what was decided
    pub outcome: Outcome,
    /// Allow statements that match, certainly or perhaps, in order of layers
    pub allowed_by: Vec<StatementRef<'a>>,
    /// Deny statements that match, certainly or perhaps, in order of layers
    pub denied_by: Vec<StatementRef<'a>>,
    /// Layers without an Allow that is certain, where one is needed
    pub limited_by: Vec<Layer>,
    /// Says what the decision depends on.
    pub flags: Vec<Flag<'a>>,
    /// Says what was left out and could matter for the service
    pub not_modelled: Vec<NotModelled>,
}

impl Decision<'_> {
    /// Joins the answers for all resources of one call: all must pass.
    ///
    /// `None` without any answer; not applicable only when every answer is.
    #[must_use]
    pub fn all(decisions: impl IntoIterator<Item = Self>) -> Option<Self> {
        decisions.into_iter().reduce(Self::join)
    }

    fn join(mut self, mut other: Self) -> Self {
        self.outcome = match (self.outcome, other.outcome) {
            (Outcome::Conditional(one), Outcome::Conditional(other)) => {
                let both = one.and(other);
                if both == Expression::False {
                    Outcome::ImplicitDeny
                } else {
                    Outcome::Conditional(both)
                }
            }
            (one, other) => {
                if one.severity() >= other.severity() {
                    one
                } else {
                    other
                }
            }
        };
        merge(&mut self.allowed_by, &mut other.allowed_by);
        merge(&mut self.denied_by, &mut other.denied_by);
        merge(&mut self.limited_by, &mut other.limited_by);
        merge(&mut self.flags, &mut other.flags);
        merge(&mut self.not_modelled, &mut other.not_modelled);
        self
    }
}

fn merge<T: Ord>(into: &mut Vec<T>, from: &mut Vec<T>) {
    into.append(from);
    into.sort_unstable();
    into.dedup();
}
