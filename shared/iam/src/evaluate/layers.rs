//! The layers are what a decision is made from.

use crate::arn::{ArnPattern, Resource};
use crate::context::ConditionKeys;
use crate::matching::Principal;
use crate::policy::Policy;

/// Says which resources an action can be asked about
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionScope<'a> {
    /// The scope is not known, so that every resource is a valid question
    Unchecked,
    /// The action has no resource-level permissions: only `*`
    Unspecified,
    /// ARN patterns of the action's resource types; any other resource is not a valid question
    Types(&'a [ArnPattern]),
}

impl ActionScope<'_> {
    pub(super) fn admits(self, resource: &Resource<'_>) -> bool {
        match self {
            Self::Unchecked => true,
            Self::Unspecified => *resource == Resource::Unspecified,
            Self::Types(types) => types.iter().any(|pattern| pattern.matches(resource)),
        }
    }
}

/// One request to decide.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The principal that makes the request.
    pub principal: &'a Principal,
    /// `service:name`, in any case
    pub action: &'a str,
    /// The resource that the request is about.
    pub resource: Resource<'a>,
    /// The account that owns the resource, where its ARN does not say
    pub resource_account: Option<&'a str>,
    /// Says what is known of the request
    pub keys: &'a dyn ConditionKeys,
    /// Says which resources the action can be asked about
    pub scope: ActionScope<'a>,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} {} {}",
            self.principal,
            self.action,
            self.resource.as_str()
        )
    }
}

impl<'a> Request<'a> {
    /// Returns a question about any resource, with nothing known beyond what `keys` say.
    #[must_use]
    pub const fn new(
        principal: &'a Principal,
        action: &'a str,
        resource: Resource<'a>,
        keys: &'a dyn ConditionKeys,
    ) -> Self {
        Self {
            principal,
            action,
            resource,
            resource_account: None,
            keys,
            scope: ActionScope::Unchecked,
        }
    }

    /// Returns the account that owns the resource, when it is known.
    pub(super) fn owner(&self) -> Option<&'a str> {
        // `aws` owns managed policies and public parameters, and it is not an account whose policies could be read.
        let named = self
            .resource
            .arn()
            .map(|arn| arn.account)
            .filter(|account| !account.is_empty() && *account != "aws");
        self.resource_account.or(named)
    }
}

/// A policy where it is attached
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attached<'a> {
    /// The compiled policy, shared by all places it is attached to
    pub policy: &'a Policy,
    /// Its ARN or name, for explanations
    pub name: &'a str,
    /// The group through which a user has it
    pub group: Option<&'a str>,
}

impl<'a> Attached<'a> {
    /// Returns a policy that does not come by a group.
    #[must_use]
    pub const fn new(policy: &'a Policy, name: &'a str) -> Self {
        Self {
            policy,
            name,
            group: None,
        }
    }
}

/// Policies of an organization on the way to an account
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationPolicies<'a> {
    /// Nothing is known: not evaluated, and the decision says so
    NotSupplied,
    /// The policies do not limit: there is no organization, or this is its management account
    Exempt,
    /// Root, each organizational unit on the path, account, with the policies attached there
    Levels(&'a [Vec<Attached<'a>>]),
}

/// The resource's own policy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourcePolicy<'a> {
    /// Nothing is known: decided as if there were none, and the decision says so
    NotSupplied,
    /// The resource has no policy
    None,
    /// The resource's policy; for a role its trust policy
    Policy(Attached<'a>),
}

/// Everything that may allow, limit or deny
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers<'a> {
    /// Inline and managed policies of the principal and, for a user, of its groups
    pub identity: &'a [Attached<'a>],
    /// Permissions boundary of the user or role
    pub boundary: Option<Attached<'a>>,
    /// The session policies, of which several are a union; `None` when the session has none
    pub session: Option<&'a [Attached<'a>]>,
    /// Service control policies on the principal's account
    pub service_control: OrganizationPolicies<'a>,
    /// Resource control policies on the resource's account
    pub resource_control: OrganizationPolicies<'a>,
    /// Services that resource control policies apply to, as action prefixes
    pub resource_control_services: &'a [&'a str],
    /// The resource's own policy
    pub resource: ResourcePolicy<'a>,
    /// Says whether a policy of the principal could not be read or found
    pub incomplete: bool,
}

impl<'a> Layers<'a> {
    /// Makes layers of identity policies alone, without an organization and without a resource policy.
    #[must_use]
    pub const fn identity(identity: &'a [Attached<'a>]) -> Self {
        Self {
            identity,
            boundary: None,
            session: None,
            service_control: OrganizationPolicies::Exempt,
            resource_control: OrganizationPolicies::Exempt,
            resource_control_services: &[],
            resource: ResourcePolicy::None,
            incomplete: false,
        }
    }
}
