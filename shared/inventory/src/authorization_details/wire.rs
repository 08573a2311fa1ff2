//! The members of `authorization-details.json`, as IAM and the AWS CLI write them.

use crate::or_default;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) user_detail_list: Option<Vec<Entity<'a>>>,
    #[serde(borrow)]
    pub(super) group_detail_list: Option<Vec<Entity<'a>>>,
    #[serde(borrow)]
    pub(super) role_detail_list: Option<Vec<Entity<'a>>>,
    #[serde(borrow)]
    pub(super) policies: Option<Vec<Managed<'a>>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_truncated: bool,
    /// The marker of the operation, which says where the next page starts
    #[serde(borrow)]
    pub(super) marker: Option<&'a RawValue>,
    /// The token of the AWS CLI, when `--max-items` has cut the reply
    #[serde(borrow)]
    pub(super) next_token: Option<&'a RawValue>,
}

impl Page<'_> {
    /// Returns the member that says that another page follows.
    pub(super) fn more(&self) -> Option<&'static str> {
        let is_set = |member: Option<&RawValue>| member.is_some_and(|raw| raw.get() != "null");
        if self.is_truncated {
            Some("IsTruncated")
        } else if is_set(self.marker) {
            Some("Marker")
        } else {
            is_set(self.next_token).then_some("NextToken")
        }
    }
}

/// User, group and role in one: their members differ by prefix only.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entity<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow, alias = "UserName", alias = "GroupName", alias = "RoleName")]
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "UserId", alias = "GroupId", alias = "RoleId")]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        default,
        deserialize_with = "or_default",
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        alias = "RolePolicyList"
    )]
    pub(super) policy_list: Vec<Inline<'a>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) group_list: Vec<String>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) attached_managed_policies: Vec<Attachment<'a>>,
    #[serde(borrow)]
    pub(super) permissions_boundary: Option<Boundary<'a>>,
    #[serde(borrow)]
    pub(super) assume_role_policy_document: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tags: Vec<Tag>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) instance_profile_list: Vec<InstanceProfile<'a>>,
    #[serde(borrow)]
    pub(super) role_last_used: Option<LastUsed<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceProfile<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LastUsed<'a> {
    #[serde(borrow)]
    pub(super) last_used_date: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inline<'a> {
    pub(super) policy_name: String,
    #[serde(borrow)]
    pub(super) policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attachment<'a> {
    #[serde(borrow)]
    pub(super) policy_arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary<'a> {
    #[serde(borrow)]
    pub(super) permissions_boundary_arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Managed<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) default_version_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    pub(super) policy_version_list: Vec<PolicyVersion<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyVersion<'a> {
    #[serde(borrow)]
    pub(super) version_id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_default_version: bool,
    #[serde(borrow)]
    pub(super) document: Option<&'a RawValue>,
}
