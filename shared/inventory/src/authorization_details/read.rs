//! Turns the text into users, groups, roles and managed policies.

use super::wire::{Entity, Managed, Page};
use super::{AuthorizationDetails, Group, InlinePolicy, ManagedPolicy, Role, User};
use crate::policy::parse_policy;
use crate::{InventoryError, day, refuse_empty};
use iam::arn::Arn;
use iam::document::{Document, PolicyKind};
use jiff::civil::Date;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;

/// Reads the text of `authorization-details.json`.
///
/// # Errors
/// Everything of [`InventoryError`] that can be wrong with such a document.
///
/// `Dangling` when the document holds groups, or customer managed policies, and a user, group or role names another
/// one: no filter of the operation leaves single ones out, so a part of the document is missing. A document without
/// any group or customer managed policy was taken with a filter. It is read, and [`crate::Inventory::missing`] lists
/// what the filter left out.
pub fn read_authorization_details(text: &str) -> Result<AuthorizationDetails, InventoryError> {
    refuse_empty(text)?;
    let mut reader = Reader::default();
    // Raw first: an untagged enum buffers the whole file and loses the raw documents.
    for (number, reply) in serde_json::Deserializer::from_str(text).into_iter().enumerate() {
        let raw: &RawValue = reply?;
        if raw.get().starts_with('[') {
            let pages: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            for (index, page) in pages.into_iter().enumerate() {
                reader.page(&format!("[{index}]"), serde_json::from_str(page.get())?)?;
            }
        } else {
            let page = serde_json::from_str(raw.get())?;
            let top = if number == 0 {
                String::new()
            } else {
                format!("page {}", number + 1)
            };
            reader.page(&top, page)?;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    details: AuthorizationDetails,
    seen: HashSet<String>,
    /// The first member that says that another page follows
    more: Option<String>,
    /// Says whether some page is the last one
    is_ended: bool,
    /// Groups and policies that users, groups and roles name, with where they do
    references: Vec<(String, Reference)>,
}

/// Says what a user, group or role names
enum Reference {
    /// Account, and name of the group as it is written
    Group(String, String),
    /// ARN of a managed policy
    Policy(String),
}

/// Holds what users, groups and roles have in common, checked.
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
    instance_profiles: Vec<String>,
    last_used: Option<Date>,
}

impl Reader {
    fn page(&mut self, page_location: &str, page: Page<'_>) -> Result<(), InventoryError> {
        let top = if page_location.is_empty() {
            String::new()
        } else {
            format!("{page_location}.")
        };
        let lists = (
            page.user_detail_list.is_some(),
            page.group_detail_list.is_some(),
            page.role_detail_list.is_some(),
            page.policies.is_some(),
        );
        if lists == (false, false, false, false) {
            let location = if page_location.is_empty() {
                "the document"
            } else {
                page_location
            };
            return Err(InventoryError::NoList {
                location: location.to_owned(),
            });
        }
        match page.more() {
            Some(member) => {
                self.more.get_or_insert_with(|| format!("{top}{member}"));
            }
            None => self.is_ended = true,
        }
        for (index, entity) in page.user_detail_list.into_iter().flatten().enumerate() {
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
        for (index, entity) in page.group_detail_list.into_iter().flatten().enumerate() {
            let one = self.entity(&format!("{top}GroupDetailList[{index}]"), "Group", entity)?;
            self.details.groups.push(Group {
                arn: one.arn,
                name: one.name,
                id: one.id,
                inline: one.inline,
                attached: one.attached,
            });
        }
        for (index, entity) in page.role_detail_list.into_iter().flatten().enumerate() {
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
                instance_profiles: one.instance_profiles,
                last_used: one.last_used,
            });
        }
        for (index, managed) in page.policies.into_iter().flatten().enumerate() {
            self.managed(&format!("{top}Policies[{index}]"), managed)?;
        }
        Ok(())
    }

    fn entity(
        &mut self,
        location: &str,
        kind: &'static str,
        entity: Entity<'_>,
    ) -> Result<Checked, InventoryError> {
        let (prefix, expected) = match kind {
            "User" => ("user/", "an IAM user"),
            "Group" => ("group/", "an IAM group"),
            _ => ("role/", "an IAM role"),
        };
        let tail = self.arn(location, &entity.arn, prefix, expected)?;
        let name = entity.name.map_or(tail, Cow::into_owned);
        let findings = &mut self.details.findings;
        let mut inline = Vec::with_capacity(entity.policy_list.len());
        let mut names = HashSet::new();
        for (index, policy) in entity.policy_list.into_iter().enumerate() {
            let at = format!("{location}.{kind}PolicyList[{index}]");
            if !names.insert(policy.policy_name.clone()) {
                return Err(InventoryError::Duplicate {
                    location: at,
                    name: policy.policy_name,
                });
            }
            let at = format!("{at}.PolicyDocument");
            inline.push(InlinePolicy {
                document: parse_policy(policy.policy_document, PolicyKind::Identity, &at, findings)?,
                name: policy.policy_name,
            });
        }
        let trust = match entity.assume_role_policy_document {
            Some(raw) if raw.get() != "null" => {
                let at = format!("{location}.AssumeRolePolicyDocument");
                Some(parse_policy(raw, PolicyKind::Trust, &at, findings)?)
            }
            Some(_) | None => None,
        };
        let attached = entity.attached_managed_policies.into_iter();
        let attached: Vec<String> = attached.map(|one| one.policy_arn.into_owned()).collect();
        let boundary = entity.permissions_boundary;
        let boundary = boundary.map(|one| one.permissions_boundary_arn.into_owned());
        self.refer(
            location,
            &entity.arn,
            &entity.group_list,
            &attached,
            boundary.as_ref(),
        );
        let last_used = entity.role_last_used.and_then(|used| used.last_used_date);
        let last_used = last_used.map(|text| day(&text, || format!("{location}.RoleLastUsed.LastUsedDate")));
        let profiles = entity.instance_profile_list.into_iter();
        Ok(Checked {
            arn: entity.arn.into_owned(),
            name,
            id: entity.id.map(Cow::into_owned),
            inline,
            attached,
            groups: entity.group_list,
            boundary,
            instance_profiles: profiles.map(|profile| profile.arn.into_owned()).collect(),
            last_used: last_used.transpose()?,
            tags: entity.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            trust,
        })
    }

    fn managed(&mut self, location: &str, managed: Managed<'_>) -> Result<(), InventoryError> {
        let tail = self.arn(location, &managed.arn, "policy/", "a managed policy")?;
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
            return Err(InventoryError::NoDefaultVersion {
                location: location.into(),
            });
        };
        let at = format!("{location}.PolicyVersionList[{index}].Document");
        let document = parse_policy(raw, PolicyKind::Identity, &at, &mut self.details.findings)?;
        self.details.policies.push(ManagedPolicy {
            name: managed.policy_name.map_or(tail, Cow::into_owned),
            arn: managed.arn.into_owned(),
            document,
            from_table_of: None,
        });
        Ok(())
    }

    /// Notes what a user, group or role names, to be looked up when everything was read.
    fn refer(
        &mut self,
        location: &str,
        arn: &str,
        groups: &[String],
        attached: &[String],
        boundary: Option<&String>,
    ) {
        let account = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
        let groups = groups.iter().enumerate().map(|(index, name)| {
            let reference = Reference::Group(account.to_owned(), name.clone());
            (format!("{location}.GroupList[{index}]"), reference)
        });
        self.references.extend(groups);
        let attached = attached.iter().enumerate().map(|(index, policy)| {
            let location = format!("{location}.AttachedManagedPolicies[{index}]");
            (location, Reference::Policy(policy.clone()))
        });
        self.references.extend(attached);
        let boundary = boundary.map(|policy| {
            let location = format!("{location}.PermissionsBoundary");
            (location, Reference::Policy(policy.clone()))
        });
        self.references.extend(boundary);
    }

    fn finish(self) -> Result<AuthorizationDetails, InventoryError> {
        // Pages may come in any order; one of them must be the last.
        if let (Some(location), false) = (self.more, self.is_ended) {
            return Err(InventoryError::MissingPages { location });
        }
        let account = |arn: &str| {
            Arn::parse(arn)
                .map(|arn| arn.account.to_owned())
                .unwrap_or_default()
        };
        let groups: HashSet<(String, String)> = self
            .details
            .groups
            .iter()
            .map(|group| (account(&group.arn), group.name.to_lowercase()))
            .collect();
        let with_groups: HashSet<&str> = groups.iter().map(|(account, _)| account.as_str()).collect();
        let with_policies: HashSet<String> = self
            .details
            .policies
            .iter()
            .map(|policy| account(&policy.arn))
            .collect();
        for (location, reference) in self.references {
            let (is_cut, name) = match reference {
                Reference::Group(account, name) => {
                    let is_listed = with_groups.contains(account.as_str());
                    // Names of groups are unique without regard to case.
                    let is_held = groups.contains(&(account, name.to_lowercase()));
                    (is_listed && !is_held, name)
                }
                Reference::Policy(arn) => {
                    let owner = account(&arn);
                    // Policies of AWS are in the document only when no filter leaves them out.
                    let is_listed = owner != "aws" && with_policies.contains(&owner);
                    (is_listed && !self.seen.contains(&arn), arn)
                }
            };
            if is_cut {
                return Err(InventoryError::Dangling { location, name });
            }
        }
        Ok(self.details)
    }

    /// Returns the name at the end of the ARN.
    fn arn(
        &mut self,
        location: &str,
        text: &str,
        prefix: &str,
        expected: &'static str,
    ) -> Result<String, InventoryError> {
        let wrong = || InventoryError::NotArn {
            location: format!("{location}.Arn"),
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
                location: format!("{location}.Arn"),
                name: text.to_owned(),
            });
        }
        Ok(tail.rsplit('/').next().unwrap_or(tail).to_owned())
    }
}
