//! Replies about access policies. Required members are not options: clients read a reply without them as one with
//! empty fields.

use serde::{Serialize, Serializer};

use super::arn::{Deployment, ResourceKind};
use super::policy::AccessPolicy;
use super::subject::{Identity, Permission, Resource};
use super::text::Id;
use super::time::EpochSeconds;
use crate::account::AccountId;

/// The body `{}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Empty {}

/// Reply of `CreateAccessPolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAccessPolicyReply {
    access_policy_id: Id,
    access_policy_arn: String,
}

impl CreateAccessPolicyReply {
    /// Returns the same for the first request and for its repetitions.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, id: Id) -> Self {
        Self {
            access_policy_arn: deployment.arn(account, ResourceKind::AccessPolicy, &id),
            access_policy_id: id,
        }
    }
}

/// Reply of `DescribeAccessPolicy`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the members of the API's answer")]
pub struct DescribeAccessPolicyReply {
    access_policy_id: Id,
    access_policy_arn: String,
    #[serde(serialize_with = "identity")]
    access_policy_identity: Identity,
    #[serde(serialize_with = "resource")]
    access_policy_resource: Resource,
    access_policy_permission: Permission,
    access_policy_creation_date: EpochSeconds,
    access_policy_last_update_date: EpochSeconds,
}

impl DescribeAccessPolicyReply {
    /// Returns the policy in full.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, policy: AccessPolicy) -> Self {
        Self {
            access_policy_arn: deployment.arn(account, ResourceKind::AccessPolicy, &policy.id),
            access_policy_id: policy.id,
            access_policy_identity: policy.identity,
            access_policy_resource: policy.resource,
            access_policy_permission: policy.permission,
            access_policy_creation_date: EpochSeconds(policy.created_at),
            access_policy_last_update_date: EpochSeconds(policy.updated_at),
        }
    }
}

/// Reply of `ListAccessPolicies`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListAccessPoliciesReply {
    access_policy_summaries: Vec<AccessPolicySummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The members have no prefix `accessPolicy`, unlike those of the other replies.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccessPolicySummary {
    id: Id,
    #[serde(serialize_with = "identity")]
    identity: Identity,
    #[serde(serialize_with = "resource")]
    resource: Resource,
    permission: Permission,
    creation_date: EpochSeconds,
    last_update_date: EpochSeconds,
}

impl ListAccessPoliciesReply {
    /// Returns a page of access policies.
    #[must_use]
    pub fn new(policies: Vec<AccessPolicy>, next_token: Option<String>) -> Self {
        let summary = |policy: AccessPolicy| AccessPolicySummary {
            id: policy.id,
            identity: policy.identity,
            resource: policy.resource,
            permission: policy.permission,
            creation_date: EpochSeconds(policy.created_at),
            last_update_date: EpochSeconds(policy.updated_at),
        };
        Self {
            access_policy_summaries: policies.into_iter().map(summary).collect(),
            next_token,
        }
    }
}

/// Writes an identity as `{"user":{"id":"…"}}`.
fn identity<S: Serializer>(identity: &Identity, serializer: S) -> Result<S::Ok, S::Error> {
    let (kind, inner, text) = identity.parts();
    nested(serializer, kind, inner, text)
}

/// Writes a resource as `{"portal":{"id":"…"}}`.
fn resource<S: Serializer>(resource: &Resource, serializer: S) -> Result<S::Ok, S::Error> {
    let (kind, id) = resource.parts();
    nested(serializer, kind, "id", id.as_str())
}

fn nested<S: Serializer>(serializer: S, outer: &str, inner: &str, text: &str) -> Result<S::Ok, S::Error> {
    serializer.collect_map([(outer, std::collections::BTreeMap::from([(inner, text)]))])
}
