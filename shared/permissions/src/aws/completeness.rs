//! Decides whether something that is not evaluated, or that no document holds, could change a result.
//!
//! Each of these things can add rows, take rows away or change them, but only rows of a certain kind. A row of that kind is a
//! [`Hypothesis`](crate::aws::hypothesis::Hypothesis): it says what is known of such a row. When the query cannot select it, and no row of the result is of that
//! kind, then the thing cannot change the result. The reasoning is conservative: where it does not know, it says that the
//! result could change. `docs/permission-search-semantics.md` has the rules, one for each cause.

mod asked;
mod causes;
mod not_evaluated;
mod part;
#[cfg(test)]
mod tests;

pub use part::CausesPart;
pub(crate) use part::merged;

use crate::aws::data::{IdVec, SourceId};
use crate::aws::query::Selection;
use crate::aws::{
    ACCESS_CONTROL_LISTS, AUTHORIZERS, ENDPOINT_POLICIES, EffectivePermissions, KEY_GRANTS, LAKE_FORMATION,
    RESOURCE_CONTROL, RESOURCE_SHARES, ROOT_USERS, SESSION_POLICIES,
};
use jiff::civil::Date;
use rql::Query;
use serde::{Deserialize, Serialize};

/// Something that could change a result
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incompleteness {
    /// A stable word
    pub code: Cause,
    /// Says what could change, and what to do: one sentence
    pub message: String,
}

/// Says what a result may lack
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// The account of the caller has no snapshot
    NothingImported,
    /// A newer snapshot is being compiled
    SnapshotOutdated,
    /// A policy, group or role that sources need is in no document
    PolicyNotAvailable,
    /// Policies of resources were not collected
    ResourcePolicyNotAvailable,
    /// The organization's service control policies are not known
    ServiceControlPoliciesNotAvailable,
    /// The organization's resource control policies are not known
    ResourceControlPoliciesNotAvailable,
    /// Accounts that are not imported could be a source, or have the destination
    AccountNotImported,
    /// Compute resources were not collected
    ComputeNotImported,
    /// No document says to which account a destination belongs
    OwnerAssumed,
    /// An attribute of the query has no value in some rows
    NoData,
    /// The catalogue does not know an action of the query
    UnknownAction,
    /// An action of the query needs no permission
    NeedsNoPermission,
    /// A statement of a policy cannot be read
    InvalidStatement,
    /// The way to administrator can lead through something that is not known
    AdministratorPathsNotComplete,
    /// Sessions can carry policies
    SessionPolicies,
    /// Access control lists of Amazon S3
    AccessControlLists,
    /// Grants of AWS KMS
    KeyGrants,
    /// Policies of VPC endpoints
    EndpointPolicies,
    /// Shares of AWS RAM
    ResourceShares,
    /// Permissions of AWS Lake Formation
    LakeFormation,
    /// Root users of accounts
    RootUsers,
    /// Authorizers of single services
    Authorizers,
}

impl Cause {
    /// Every cause, in order.
    pub const ALL: [Self; 22] = [
        Self::NothingImported,
        Self::SnapshotOutdated,
        Self::PolicyNotAvailable,
        Self::ResourcePolicyNotAvailable,
        Self::ServiceControlPoliciesNotAvailable,
        Self::ResourceControlPoliciesNotAvailable,
        Self::AccountNotImported,
        Self::ComputeNotImported,
        Self::OwnerAssumed,
        Self::NoData,
        Self::UnknownAction,
        Self::NeedsNoPermission,
        Self::InvalidStatement,
        Self::AdministratorPathsNotComplete,
        Self::SessionPolicies,
        Self::AccessControlLists,
        Self::KeyGrants,
        Self::EndpointPolicies,
        Self::ResourceShares,
        Self::LakeFormation,
        Self::RootUsers,
        Self::Authorizers,
    ];

    /// Returns the entry of [`NOT_EVALUATED`](crate::aws::NOT_EVALUATED) for this cause, if there is one.
    #[must_use]
    pub const fn not_evaluated(self) -> Option<&'static str> {
        match self {
            Self::ResourceControlPoliciesNotAvailable => Some(RESOURCE_CONTROL),
            Self::SessionPolicies => Some(SESSION_POLICIES),
            Self::AccessControlLists => Some(ACCESS_CONTROL_LISTS),
            Self::KeyGrants => Some(KEY_GRANTS),
            Self::EndpointPolicies => Some(ENDPOINT_POLICIES),
            Self::ResourceShares => Some(RESOURCE_SHARES),
            Self::LakeFormation => Some(LAKE_FORMATION),
            Self::RootUsers => Some(ROOT_USERS),
            Self::Authorizers => Some(AUTHORIZERS),
            Self::NothingImported
            | Self::SnapshotOutdated
            | Self::PolicyNotAvailable
            | Self::ResourcePolicyNotAvailable
            | Self::ServiceControlPoliciesNotAvailable
            | Self::AccountNotImported
            | Self::ComputeNotImported
            | Self::OwnerAssumed
            | Self::NoData
            | Self::UnknownAction
            | Self::NeedsNoPermission
            | Self::InvalidStatement
            | Self::AdministratorPathsNotComplete => None,
        }
    }
}

/// The part of a shard in a result: the query, what it was asked of, and how many rows each source has in it
#[derive(Debug, Clone, Copy)]
struct Selected<'s> {
    query: &'s Query,
    effective: &'s EffectivePermissions,
    today: Date,
    counts: &'s IdVec<SourceId, u64>,
}

/// Returns what the shard tells of what could change the result of the query of a selection; `with_common`, also what every
/// shard would tell alike.
pub(crate) fn causes_of(selection: &Selection<'_>, query: &Query, with_common: bool) -> CausesPart {
    let selected = Selected {
        query,
        effective: selection.effective(),
        today: selection.today(),
        counts: selection.counts(),
    };
    causes::part(&selected, with_common)
}
