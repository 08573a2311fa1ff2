//! Exceptions are codes for what limits or blurs a row.

/// One code of a row's `exceptions`, in the order in which a row lists them
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionCode {
    /// An explicit Deny removes part of the row
    LimitedByDenyStatement,
    /// The action leaves no usable event, so last access cannot be tracked
    CloudEventNotSupported,
    /// The organization's policies are not known
    AwsRootAccountIsNotOnboarded,
    /// A permissions boundary removes part of the row
    LimitedByPermissionsBoundary,
    /// A service control policy removes part of the row
    LimitedByServiceControlPolicy,
    /// A resource control policy removes part of the row
    LimitedByResourceControlPolicy,
    /// A session policy removes part of the row
    LimitedBySessionPolicy,
    /// The grant, or what remains of it, holds only under a condition
    LimitedByCondition,
    /// A condition uses an operator that is not evaluated; the row is kept
    ConditionNotEvaluated,
    /// A policy that takes part is not known; the row may be wider than the truth
    PolicyNotAvailable,
    /// The grant names its resources by what they are not
    LimitedByNotResource,
    /// The grant names its principals by what they are not
    LimitedByNotPrincipal,
    /// Access needs an identity policy of the source as well, and that allows only a part or under a condition
    LimitedByIdentityPolicy,
    /// Access needs the policy of the resource as well, and that allows only a part
    LimitedByResourcePolicy,
}

impl ExceptionCode {
    /// Every code, in order.
    pub const ALL: [Self; 14] = [
        Self::LimitedByDenyStatement,
        Self::CloudEventNotSupported,
        Self::AwsRootAccountIsNotOnboarded,
        Self::LimitedByPermissionsBoundary,
        Self::LimitedByServiceControlPolicy,
        Self::LimitedByResourceControlPolicy,
        Self::LimitedBySessionPolicy,
        Self::LimitedByCondition,
        Self::ConditionNotEvaluated,
        Self::PolicyNotAvailable,
        Self::LimitedByNotResource,
        Self::LimitedByNotPrincipal,
        Self::LimitedByIdentityPolicy,
        Self::LimitedByResourcePolicy,
    ];

    /// Returns the code as clients print it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LimitedByDenyStatement => "LIMITED_BY_DENY_STATEMENT",
            Self::CloudEventNotSupported => "CLOUD_EVENT_NOT_SUPPORTED",
            Self::AwsRootAccountIsNotOnboarded => "AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED",
            Self::LimitedByPermissionsBoundary => "LIMITED_BY_PERMISSIONS_BOUNDARY",
            Self::LimitedByServiceControlPolicy => "LIMITED_BY_SERVICE_CONTROL_POLICY",
            Self::LimitedByResourceControlPolicy => "LIMITED_BY_RESOURCE_CONTROL_POLICY",
            Self::LimitedBySessionPolicy => "LIMITED_BY_SESSION_POLICY",
            Self::LimitedByCondition => "LIMITED_BY_CONDITION",
            Self::ConditionNotEvaluated => "CONDITION_NOT_EVALUATED",
            Self::PolicyNotAvailable => "POLICY_NOT_AVAILABLE",
            Self::LimitedByNotResource => "LIMITED_BY_NOT_RESOURCE",
            Self::LimitedByNotPrincipal => "LIMITED_BY_NOT_PRINCIPAL",
            Self::LimitedByIdentityPolicy => "LIMITED_BY_IDENTITY_POLICY",
            Self::LimitedByResourcePolicy => "LIMITED_BY_RESOURCE_POLICY",
        }
    }
}

/// A set of codes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Exceptions(u16);

impl Exceptions {
    /// The row has no code.
    pub const NONE: Self = Self(0);

    /// Adds a code.
    pub fn insert(&mut self, code: ExceptionCode) {
        self.0 |= 1 << code as u16;
    }

    /// Adds all codes of another set.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Returns whether the code is in the set.
    #[must_use]
    pub const fn contains(self, code: ExceptionCode) -> bool {
        self.0 & (1 << code as u16) != 0
    }

    /// Returns the codes, in order.
    pub fn iter(self) -> impl Iterator<Item = ExceptionCode> {
        ExceptionCode::ALL
            .into_iter()
            .filter(move |code| self.contains(*code))
    }
}
