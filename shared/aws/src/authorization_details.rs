//! The users, groups, roles and managed policies of an account, as one document.

use aws_sdk_iam::primitives::{DateTime, DateTimeFormat};
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
    Tag, UserDetail,
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::AccessError;
use crate::session::Session;

const READ: &str = "read the account's authorization details";

/// Entities per page, the most that IAM gives.
const PAGE: i32 = 1000;

/// Holds what the AWS CLI writes when it has put the pages of `iam:GetAccountAuthorizationDetails` together; of managed
/// policies only the version that is in force.
///
/// Source: IAM API reference, `GetAccountAuthorizationDetails`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizationDetails {
    user_detail_list: Vec<User>,
    group_detail_list: Vec<Group>,
    role_detail_list: Vec<Role>,
    policies: Vec<ManagedPolicy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names")]
struct User {
    #[serde(flatten)]
    entity: Entity,
    user_name: Option<String>,
    user_id: Option<String>,
    user_policy_list: Vec<InlinePolicy>,
    group_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Pair>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names")]
struct Group {
    #[serde(flatten)]
    entity: Entity,
    group_name: Option<String>,
    group_id: Option<String>,
    group_policy_list: Vec<InlinePolicy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names")]
struct Role {
    #[serde(flatten)]
    entity: Entity,
    role_name: Option<String>,
    role_id: Option<String>,
    assume_role_policy_document: Option<PolicyText>,
    role_policy_list: Vec<InlinePolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Pair>,
    instance_profile_list: Vec<InstanceProfile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_last_used: Option<LastUsed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entity {
    path: Option<String>,
    arn: Option<String>,
    create_date: Option<String>,
    attached_managed_policies: Vec<Attachment>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InlinePolicy {
    policy_name: Option<String>,
    policy_document: Option<PolicyText>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attachment {
    policy_name: Option<String>,
    policy_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_type: Option<String>,
    permissions_boundary_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    key: String,
    value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceProfile {
    instance_profile_name: String,
    arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LastUsed {
    last_used_date: Option<String>,
    region: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedPolicy {
    policy_name: Option<String>,
    policy_id: Option<String>,
    arn: Option<String>,
    path: Option<String>,
    default_version_id: Option<String>,
    policy_version_list: Vec<Version>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the members have these names")]
struct Version {
    document: Option<PolicyText>,
    version_id: Option<String>,
    is_default_version: bool,
}

/// A policy document: the JSON that IAM has percent-encoded, otherwise the text as it came, which its reader will refuse.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum PolicyText {
    Json(Box<RawValue>),
    Text(String),
}

impl Session {
    /// Returns everything that IAM reports about the account's users, groups, roles and managed policies, to the last
    /// page.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn authorization_details(&self) -> Result<AuthorizationDetails, AccessError> {
        let mut details = AuthorizationDetails::default();
        let mut marker = None;
        loop {
            let page = self
                .iam
                .get_account_authorization_details()
                .max_items(PAGE)
                .set_marker(marker)
                .send()
                .await
                .map_err(|error| AccessError::new(READ, error))?;
            let users = page.user_detail_list.unwrap_or_default();
            details.user_detail_list.extend(users.into_iter().map(User::from));
            let groups = page.group_detail_list.unwrap_or_default();
            details
                .group_detail_list
                .extend(groups.into_iter().map(Group::from));
            let roles = page.role_detail_list.unwrap_or_default();
            details.role_detail_list.extend(roles.into_iter().map(Role::from));
            let policies = page.policies.unwrap_or_default();
            details
                .policies
                .extend(policies.into_iter().map(ManagedPolicy::from));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(details);
            }
        }
    }
}

impl AuthorizationDetails {
    /// Returns the ARNs of the users and the roles.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        let users = self.user_detail_list.iter().map(|user| &user.entity);
        let roles = self.role_detail_list.iter().map(|role| &role.entity);
        users.chain(roles).filter_map(|entity| entity.arn.as_deref())
    }
}

impl AuthorizationDetails {
    /// Names and ARNs of the roles.
    pub fn roles(&self) -> impl Iterator<Item = (&str, &str)> {
        self.role_detail_list
            .iter()
            .filter_map(|role| Some((role.role_name.as_deref()?, role.entity.arn.as_deref()?)))
    }

    /// Names and ARNs of the instance profiles that have a role.
    pub fn instance_profiles(&self) -> impl Iterator<Item = (&str, &str)> {
        let profiles = self
            .role_detail_list
            .iter()
            .flat_map(|role| &role.instance_profile_list);
        profiles.map(|profile| (profile.instance_profile_name.as_str(), profile.arn.as_str()))
    }
}

fn document(encoded: Option<String>) -> Option<PolicyText> {
    let encoded = encoded?;
    let decoded = percent_decode_str(&encoded)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned);
    let json = decoded.ok().and_then(|text| RawValue::from_string(text).ok());
    Some(json.map_or(PolicyText::Text(encoded), PolicyText::Json))
}

fn date(date: DateTime) -> Option<String> {
    date.fmt(DateTimeFormat::DateTime).ok()
}

fn entity(
    path: Option<String>,
    arn: Option<String>,
    created: Option<DateTime>,
    attached: Option<Vec<AttachedPolicy>>,
) -> Entity {
    Entity {
        path,
        arn,
        create_date: created.and_then(date),
        attached_managed_policies: attached
            .unwrap_or_default()
            .into_iter()
            .map(|policy| Attachment {
                policy_name: policy.policy_name,
                policy_arn: policy.policy_arn,
            })
            .collect(),
    }
}

fn inline(policies: Option<Vec<PolicyDetail>>) -> Vec<InlinePolicy> {
    let policies = policies.unwrap_or_default().into_iter();
    policies
        .map(|policy| InlinePolicy {
            policy_name: policy.policy_name,
            policy_document: document(policy.policy_document),
        })
        .collect()
}

fn boundary(boundary: Option<AttachedPermissionsBoundary>) -> Option<Boundary> {
    boundary.map(|boundary| Boundary {
        permissions_boundary_type: boundary
            .permissions_boundary_type
            .map(|kind| kind.as_str().to_owned()),
        permissions_boundary_arn: boundary.permissions_boundary_arn,
    })
}

fn pairs(tags: Option<Vec<Tag>>) -> Vec<Pair> {
    let tags = tags.unwrap_or_default().into_iter();
    tags.map(|tag| Pair {
        key: tag.key,
        value: tag.value,
    })
    .collect()
}

impl From<UserDetail> for User {
    fn from(user: UserDetail) -> Self {
        Self {
            entity: entity(
                user.path,
                user.arn,
                user.create_date,
                user.attached_managed_policies,
            ),
            user_name: user.user_name,
            user_id: user.user_id,
            user_policy_list: inline(user.user_policy_list),
            group_list: user.group_list.unwrap_or_default(),
            permissions_boundary: boundary(user.permissions_boundary),
            tags: pairs(user.tags),
        }
    }
}

impl From<GroupDetail> for Group {
    fn from(group: GroupDetail) -> Self {
        Self {
            entity: entity(
                group.path,
                group.arn,
                group.create_date,
                group.attached_managed_policies,
            ),
            group_name: group.group_name,
            group_id: group.group_id,
            group_policy_list: inline(group.group_policy_list),
        }
    }
}

impl From<RoleDetail> for Role {
    fn from(role: RoleDetail) -> Self {
        Self {
            entity: entity(
                role.path,
                role.arn,
                role.create_date,
                role.attached_managed_policies,
            ),
            role_name: role.role_name,
            role_id: role.role_id,
            assume_role_policy_document: document(role.assume_role_policy_document),
            role_policy_list: inline(role.role_policy_list),
            permissions_boundary: boundary(role.permissions_boundary),
            tags: pairs(role.tags),
            instance_profile_list: role
                .instance_profile_list
                .unwrap_or_default()
                .into_iter()
                .map(|profile| InstanceProfile {
                    instance_profile_name: profile.instance_profile_name,
                    arn: profile.arn,
                })
                .collect(),
            role_last_used: role.role_last_used.map(|used| LastUsed {
                last_used_date: used.last_used_date.and_then(date),
                region: used.region,
            }),
        }
    }
}

impl From<ManagedPolicyDetail> for ManagedPolicy {
    fn from(policy: ManagedPolicyDetail) -> Self {
        let default = policy.default_version_id;
        let versions = policy.policy_version_list.unwrap_or_default().into_iter();
        Self {
            policy_name: policy.policy_name,
            policy_id: policy.policy_id,
            arn: policy.arn,
            path: policy.path,
            policy_version_list: versions
                .filter(|version| version.is_default_version || version.version_id == default)
                .map(|version| Version {
                    document: document(version.document),
                    version_id: version.version_id,
                    is_default_version: version.is_default_version,
                })
                .collect(),
            default_version_id: default,
        }
    }
}
