//! The replies of the policy operations, in the member order of the API's pages.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{PolicySummary, PolicyType};
use crate::account::AccountId;

/// The answer to a policy that was to be written. `F` is a finding of the validator.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WritePolicyReply<'r, F> {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    policy: Option<Echo<'r>>,
    validation_result: ValidationResult<'r, F>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Echo<'r> {
    policy_id: &'r str,
    policy_name: &'r str,
    description: &'r str,
}

#[derive(Debug, Serialize)]
struct ValidationResult<'r, F> {
    success: bool,
    /// Left out when there is nothing to say: a clean success has no such member.
    #[serde(skip_serializing_if = "<[F]>::is_empty")]
    details: &'r [F],
}

impl<'r, F> WritePolicyReply<'r, F> {
    /// Returns the reply of a policy that is stored.
    #[must_use]
    pub fn stored(policy_id: &'r str, policy_name: &'r str, description: &'r str, details: &'r [F]) -> Self {
        let policy = Echo {
            policy_id,
            policy_name,
            description,
        };
        Self {
            policy: Some(policy),
            validation_result: ValidationResult {
                success: true,
                details,
            },
        }
    }

    /// Returns the reply of a policy that is not stored, with the reasons.
    #[must_use]
    pub fn refused(details: &'r [F]) -> Self {
        Self {
            policy: None,
            validation_result: ValidationResult {
                success: false,
                details,
            },
        }
    }
}

/// A policy as it is read.
#[derive(Debug, Serialize)]
pub struct GetPolicyReply {
    #[serde(flatten)]
    item: Item,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Box<RawValue>>,
}

impl GetPolicyReply {
    /// Makes the reply with the permissions, as they are stored, when there are any.
    #[must_use]
    pub fn new(account: &AccountId, policy: PolicySummary, permissions: Option<Box<RawValue>>) -> Self {
        Self {
            item: Item::new(account, policy),
            permissions,
        }
    }
}

/// A policy in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    policy_id: String,
    policy_name: String,
    policy_type: PolicyType,
    policy_desc: String,
    nrn: String,
}

impl Item {
    pub(super) fn new(account: &AccountId, policy: PolicySummary) -> Self {
        let nrn = format!("nrn:PUB:IAM::{account}:Policy/{}", policy.policy_id);
        Self {
            policy_id: policy.policy_id,
            policy_name: policy.policy_name,
            policy_type: policy.policy_type,
            policy_desc: policy.policy_desc,
            nrn,
        }
    }
}

/// Holds what became of one policy of a list that was to be attached or detached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemReply {
    success: bool,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

impl ItemReply {
    /// Says that the policy is attached.
    #[must_use]
    pub fn added(id: String) -> Self {
        Self::succeeded(id, "addPolicy")
    }

    /// Says that the policy is detached.
    #[must_use]
    pub fn removed(id: String) -> Self {
        Self::succeeded(id, "removePolicy")
    }

    /// Says that the policy was attached before.
    #[must_use]
    pub fn already_registered(id: String) -> Self {
        Self::failed(id, "The policy has already been registered.")
    }

    /// Says that there is no such policy, or that it was not attached.
    #[must_use]
    pub fn not_registered(id: String) -> Self {
        Self::failed(id, "This policy isn't registered.")
    }

    /// Says that the policy is deleted.
    #[must_use]
    pub fn deleted(id: String) -> Self {
        Self::succeeded(id, "deletePolicy")
    }

    /// Says that the policy is attached, so that it is not deleted.
    #[must_use]
    pub fn attached(id: String) -> Self {
        Self::failed(id, "The policy is attached and cannot be deleted.")
    }

    /// Says that the system manages the policy, so that it is not deleted.
    #[must_use]
    pub fn system_managed(id: String) -> Self {
        Self::failed(id, "A system managed policy cannot be changed.")
    }

    fn succeeded(id: String, name: &'static str) -> Self {
        Self {
            success: true,
            id,
            name: Some(name),
            message: None,
        }
    }

    fn failed(id: String, message: &'static str) -> Self {
        Self {
            success: false,
            id,
            name: None,
            message: Some(message),
        }
    }
}

/// A resource that a policy is attached to. Policies are attached to sub accounts only; there are no groups and roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyResourceReply {
    resource_type: &'static str,
    resource_id: String,
    resource_name: String,
    nrn: String,
}

impl PolicyResourceReply {
    /// Returns a sub account. There is no registry of sub accounts, so its id is its name.
    #[must_use]
    pub fn sub_account(account: &AccountId, id: String) -> Self {
        Self {
            resource_type: "SubAccount",
            nrn: format!("nrn:PUB:IAM::{account}:SubAccount/{id}"),
            resource_name: id.clone(),
            resource_id: id,
        }
    }
}
