//! `authorization-details.json`: what `iam:GetAccountAuthorizationDetails` answers.
//!
//! Source: IAM API reference, "`GetAccountAuthorizationDetails`". One answer, an array of answers, or answers one after
//! another; policy documents as objects, as JSON strings or percent-encoded.

use super::{DocumentFinding, InventoryError, document, or_default};
use iam::arn::Arn;
use iam::document::{Document, PolicyKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;

/// Users, groups, roles and managed policies
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetails {
    /// In file order
    pub users: Vec<User>,
    /// In file order
    pub groups: Vec<Group>,
    /// In file order
    pub roles: Vec<Role>,
    /// Customer managed policies, and the AWS managed ones that are in use
    pub policies: Vec<ManagedPolicy>,
    /// What is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

impl AuthorizationDetails {
    /// ARNs of all users, groups, roles and managed policies.
    pub(super) fn arns(&self) -> impl Iterator<Item = &str> {
        let users = self.users.iter().map(|user| &user.arn);
        let groups = self.groups.iter().map(|group| &group.arn);
        let roles = self.roles.iter().map(|role| &role.arn);
        let policies = self.policies.iter().map(|policy| &policy.arn);
        let all = users.chain(groups).chain(roles).chain(policies);
        all.map(String::as_str)
    }
}

/// A policy embedded in a user, group or role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Unique within the entity
    pub name: String,
    /// What it says
    #[serde(with = "super::stored_document::identity")]
    pub document: Document,
}

/// An IAM user
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// With path
    pub arn: String,
    /// Without path
    pub name: String,
    /// `AIDA…`, when given
    pub id: Option<String>,
    /// Embedded policies
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
    /// Names of groups of the same account
    pub groups: Vec<String>,
    /// ARN of the permissions boundary
    pub boundary: Option<String>,
    /// Key and value
    pub tags: Vec<(String, String)>,
}

/// An IAM group
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// With path
    pub arn: String,
    /// Without path
    pub name: String,
    /// `AGPA…`, when given
    pub id: Option<String>,
    /// Embedded policies
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
}

/// An IAM role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// With path
    pub arn: String,
    /// Without path
    pub name: String,
    /// `AROA…`, when given
    pub id: Option<String>,
    /// Who may assume it, when given
    #[serde(with = "super::stored_document::trust")]
    pub trust: Option<Document>,
    /// Embedded policies
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
    /// ARN of the permissions boundary
    pub boundary: Option<String>,
    /// Key and value
    pub tags: Vec<(String, String)>,
}

/// A managed policy in the version that is in force
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// With path
    pub arn: String,
    /// Without path
    pub name: String,
    /// What the default version says
    #[serde(with = "super::stored_document::identity")]
    pub document: Document,
}

/// Reads `authorization-details.json`.
///
/// # Errors
/// Everything of [`InventoryError`] but `Dangling`: a reference to a group or policy that the file does not hold is no
/// error, because the file may have been taken with a filter; the rows it would change say so.
pub fn read_authorization_details(text: &str) -> Result<AuthorizationDetails, InventoryError> {
    let mut reading = Reading::default();
    for answer in serde_json::Deserializer::from_str(text).into_iter() {
        match answer? {
            OneOrMany::One(page) => reading.page("", *page)?,
            OneOrMany::Many(pages) => {
                for (index, page) in pages.into_iter().enumerate() {
                    reading.page(&format!("[{index}]."), page)?;
                }
            }
        }
    }
    // Pages may come in any order; one of them must be the last.
    if let (1.., 0) = reading.pages {
        return Err(InventoryError::Truncated {
            place: "IsTruncated".into(),
        });
    }
    Ok(reading.details)
}

/// Not an untagged enum: that buffers the whole file and loses the raw documents.
enum OneOrMany<'a> {
    One(Box<Page<'a>>),
    Many(Vec<Page<'a>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(source)?.get();
        let read = if raw.starts_with('[') {
            serde_json::from_str(raw).map(Self::Many)
        } else {
            serde_json::from_str(raw).map(|page| Self::One(Box::new(page)))
        };
        read.map_err(serde::de::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow, default, deserialize_with = "or_default")]
    user_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    group_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    role_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    policies: Vec<Managed<'a>>,
    #[serde(default, deserialize_with = "or_default")]
    is_truncated: bool,
}

/// User, group and role in one: their members differ by prefix only.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow, alias = "UserName", alias = "GroupName", alias = "RoleName")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "UserId", alias = "GroupId", alias = "RoleId")]
    id: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        default,
        deserialize_with = "or_default",
        alias = "UserPolicyList",
        alias = "GroupPolicyList",
        alias = "RolePolicyList"
    )]
    policy_list: Vec<Inline<'a>>,
    #[serde(default, deserialize_with = "or_default")]
    group_list: Vec<String>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    attached_managed_policies: Vec<Attachment<'a>>,
    #[serde(borrow)]
    permissions_boundary: Option<Boundary<'a>>,
    #[serde(borrow)]
    assume_role_policy_document: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attachment<'a> {
    #[serde(borrow)]
    policy_arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary<'a> {
    #[serde(borrow)]
    permissions_boundary_arn: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'a> {
    #[serde(borrow)]
    arn: Cow<'a, str>,
    #[serde(borrow)]
    policy_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    default_version_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_default")]
    policy_version_list: Vec<PolicyVersion<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyVersion<'a> {
    #[serde(borrow)]
    version_id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_default")]
    is_default_version: bool,
    #[serde(borrow)]
    document: Option<&'a RawValue>,
}

#[derive(Default)]
struct Reading {
    details: AuthorizationDetails,
    seen: HashSet<String>,
    /// Pages that are followed by another, and pages that are not
    pages: (u32, u32),
}

/// What users, groups and roles have in common, checked.
struct Checked {
    arn: String,
    name: String,
    id: Option<String>,
    inline: Vec<InlinePolicy>,
    attached: Vec<String>,
    groups: Vec<String>,
    boundary: Option<String>,
    tags: Vec<(String, String)>,
    trust: Option<Document>,
}

impl Reading {
    fn page(&mut self, top: &str, page: Page<'_>) -> Result<(), InventoryError> {
        let pages = &mut self.pages;
        let of_its_kind = if page.is_truncated {
            &mut pages.0
        } else {
            &mut pages.1
        };
        *of_its_kind = of_its_kind.saturating_add(1);
        for (index, entity) in page.user_detail_list.into_iter().enumerate() {
            let one = self.entity(&format!("{top}UserDetailList[{index}]"), "User", entity)?;
            self.details.users.push(User {
                arn: one.arn,
                name: one.name,
                id: one.id,
                inline: one.inline,
                attached: one.attached,
                groups: one.groups,
                boundary: one.boundary,
                tags: one.tags,
            });
        }
        for (index, entity) in page.group_detail_list.into_iter().enumerate() {
            let one = self.entity(&format!("{top}GroupDetailList[{index}]"), "Group", entity)?;
            self.details.groups.push(Group {
                arn: one.arn,
                name: one.name,
                id: one.id,
                inline: one.inline,
                attached: one.attached,
            });
        }
        for (index, entity) in page.role_detail_list.into_iter().enumerate() {
            let one = self.entity(&format!("{top}RoleDetailList[{index}]"), "Role", entity)?;
            self.details.roles.push(Role {
                arn: one.arn,
                name: one.name,
                id: one.id,
                trust: one.trust,
                inline: one.inline,
                attached: one.attached,
                boundary: one.boundary,
                tags: one.tags,
            });
        }
        for (index, managed) in page.policies.into_iter().enumerate() {
            self.managed(&format!("{top}Policies[{index}]"), managed)?;
        }
        Ok(())
    }

    fn entity(
        &mut self,
        place: &str,
        kind: &'static str,
        entity: Entity<'_>,
    ) -> Result<Checked, InventoryError> {
        let (prefix, expected) = match kind {
            "User" => ("user/", "an IAM user"),
            "Group" => ("group/", "an IAM group"),
            _ => ("role/", "an IAM role"),
        };
        let tail = self.arn(place, &entity.arn, prefix, expected)?;
        let name = entity.name.map_or(tail, Cow::into_owned);
        let findings = &mut self.details.findings;
        let mut inline = Vec::with_capacity(entity.policy_list.len());
        let mut names = HashSet::new();
        for (index, policy) in entity.policy_list.into_iter().enumerate() {
            let at = format!("{place}.{kind}PolicyList[{index}]");
            if !names.insert(policy.policy_name.clone()) {
                return Err(InventoryError::Duplicate {
                    place: at,
                    name: policy.policy_name,
                });
            }
            let at = format!("{at}.PolicyDocument");
            inline.push(InlinePolicy {
                document: document(policy.policy_document, PolicyKind::Identity, &at, findings)?,
                name: policy.policy_name,
            });
        }
        let trust = match entity.assume_role_policy_document {
            Some(raw) if raw.get() != "null" => {
                let at = format!("{place}.AssumeRolePolicyDocument");
                Some(document(raw, PolicyKind::Trust, &at, findings)?)
            }
            Some(_) | None => None,
        };
        let attached = entity.attached_managed_policies.into_iter();
        Ok(Checked {
            arn: entity.arn.into_owned(),
            name,
            id: entity.id.map(Cow::into_owned),
            inline,
            attached: attached.map(|one| one.policy_arn.into_owned()).collect(),
            groups: entity.group_list,
            boundary: entity
                .permissions_boundary
                .map(|one| one.permissions_boundary_arn.into_owned()),
            tags: entity.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            trust,
        })
    }

    fn managed(&mut self, place: &str, managed: Managed<'_>) -> Result<(), InventoryError> {
        let tail = self.arn(place, &managed.arn, "policy/", "a managed policy")?;
        let versions = managed.policy_version_list;
        let flagged = versions.iter().position(|version| version.is_default_version);
        let named = || {
            let wanted = managed.default_version_id.as_ref()?;
            versions
                .iter()
                .position(|version| version.version_id.as_ref() == Some(wanted))
        };
        let index = flagged.or_else(named);
        let in_force = index.and_then(|index| Some((index, versions.get(index)?.document?)));
        let Some((index, raw)) = in_force else {
            return Err(InventoryError::NoDefaultVersion { place: place.into() });
        };
        let at = format!("{place}.PolicyVersionList[{index}].Document");
        let document = document(raw, PolicyKind::Identity, &at, &mut self.details.findings)?;
        self.details.policies.push(ManagedPolicy {
            name: managed.policy_name.map_or(tail, Cow::into_owned),
            arn: managed.arn.into_owned(),
            document,
        });
        Ok(())
    }

    /// The name at the end of the ARN.
    fn arn(
        &mut self,
        place: &str,
        text: &str,
        prefix: &str,
        expected: &'static str,
    ) -> Result<String, InventoryError> {
        let wrong = || InventoryError::NotArn {
            place: format!("{place}.Arn"),
            text: text.to_owned(),
            expected,
        };
        let Ok(arn) = Arn::parse(text) else {
            return Err(wrong());
        };
        let tail = arn.resource.strip_prefix(prefix).ok_or_else(wrong)?;
        if arn.service != "iam" || arn.account.is_empty() {
            return Err(wrong());
        }
        if !self.seen.insert(text.to_owned()) {
            return Err(InventoryError::Duplicate {
                place: format!("{place}.Arn"),
                name: text.to_owned(),
            });
        }
        Ok(tail.rsplit('/').next().unwrap_or(tail).to_owned())
    }
}
