//! Reads `organization.json`: the accounts of an organization, its levels, and the policies attached to each level.
//! The format is our own. `service-control-policies.json` is the same document under an older name.

use super::policy::parse_policy;
use super::{DocumentFinding, InventoryError, is_account, or_default, refuse_empty};
use iam::document::{Document, PolicyKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// Most levels above an account, the root included.
///
/// Source: AWS Organizations user guide, "Quotas and service limits": units are nested up to five levels deep. Some
/// room is left for a raised quota.
const MAX_DEPTH: usize = 8;

/// The organization that the accounts belong to
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`, when given
    pub id: Option<String>,
    /// The account whose users and roles service control policies do not bind, when given
    pub management_account: Option<String>,
    /// All service control policies, whether attached or not; `None` when they were not collected
    pub service_control_policies: Option<Vec<ServiceControlPolicy>>,
    /// All resource control policies, whether attached or not; `None` when they were not collected
    pub resource_control_policies: Option<Vec<ResourceControlPolicy>>,
    /// The accounts in the order of the tree
    pub accounts: Vec<OrganizationAccount>,
    /// Says what is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

/// A service control policy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceControlPolicy {
    /// The id of the policy, `p-…`.
    pub id: String,
    /// The name of the policy, for people.
    pub name: String,
    /// Holds what the policy says
    pub document: Document,
}

/// A resource control policy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceControlPolicy {
    /// The id of the policy, `p-…`.
    pub id: String,
    /// The name of the policy, for people.
    pub name: String,
    /// Holds what the policy says
    pub document: Document,
}

/// An account and the way to it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationAccount {
    /// The id of the account, twelve digits.
    pub id: String,
    /// The name of the account, for people.
    pub name: Option<String>,
    /// Root, each organizational unit on the way, the account
    pub levels: Vec<Level>,
}

/// The root, an organizational unit or an account, with the policies that are attached there
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// `r-…`, `ou-…` or twelve digits, when given
    pub id: Option<String>,
    /// The name of the account, for people.
    pub name: Option<String>,
    /// Indices into [`Organization::service_control_policies`]
    pub service_control: Vec<usize>,
    /// Indices into [`Organization::resource_control_policies`]
    pub resource_control: Vec<usize>,
}

/// Holds what the two kinds of policies of an organization have in common
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrganizationPolicy<'a> {
    /// The id of the policy, `p-…`.
    pub id: &'a str,
    /// The name of the policy, for people.
    pub name: &'a str,
    /// Holds what the policy says
    pub document: &'a Document,
}

impl Organization {
    /// Returns all policies, service control policies first.
    pub fn policies(&self) -> impl Iterator<Item = OrganizationPolicy<'_>> {
        let service = self.service_control_policies.iter().flatten();
        let service = service.map(|policy| OrganizationPolicy {
            id: &policy.id,
            name: &policy.name,
            document: &policy.document,
        });
        let resource = self.resource_control_policies.iter().flatten();
        let resource = resource.map(|policy| OrganizationPolicy {
            id: &policy.id,
            name: &policy.name,
            document: &policy.document,
        });
        service.chain(resource)
    }

    /// Returns the path of an account as the condition key `aws:PrincipalOrgPaths` has it, with a slash at the end:
    /// `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`. `None` when the organization or a level has no id.
    ///
    /// Source: IAM user guide, "AWS global condition context keys", `aws:PrincipalOrgPaths`.
    #[must_use]
    pub fn path_of(&self, account: &OrganizationAccount) -> Option<String> {
        let mut path = format!("{}/", self.id.as_ref()?);
        let (_own, above) = account.levels.split_last()?;
        for level in above {
            path.push_str(level.id.as_ref()?);
            path.push('/');
        }
        Some(path)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    organization_id: Option<String>,
    management_account: Option<String>,
    #[serde(borrow, alias = "policies")]
    service_control_policies: Option<Vec<Policy<'a>>>,
    #[serde(borrow)]
    resource_control_policies: Option<Vec<Policy<'a>>>,
    root: Unit,
}

#[derive(Deserialize)]
struct Policy<'a> {
    id: String,
    name: Option<String>,
    #[serde(borrow)]
    content: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    id: Option<String>,
    name: Option<String>,
    #[serde(default, deserialize_with = "or_default", alias = "policies")]
    service_control_policies: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    resource_control_policies: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    organizational_units: Vec<Unit>,
    #[serde(default, deserialize_with = "or_default")]
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    id: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "or_default", alias = "policies")]
    service_control_policies: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    resource_control_policies: Vec<String>,
}

/// Reads the text of `organization.json`.
///
/// # Errors
/// `Empty`, `NotJson`, `Shape`, `Policy`, `NotAccount`, `Duplicate` (a policy or account twice), `Dangling` (a policy
/// that is attached and not in the document) and `TooDeep` of [`InventoryError`].
pub fn read_organization(text: &str) -> Result<Organization, InventoryError> {
    refuse_empty(text)?;
    let file: File<'_> = serde_json::from_str(text)?;
    let mut findings = Vec::new();
    let mut policies = |list: Option<Vec<Policy<'_>>>, member: &str, kind: PolicyKind| {
        list.map(|list| read_policies(list, member, kind, &mut findings))
            .transpose()
    };
    let service = policies(
        file.service_control_policies,
        "serviceControlPolicies",
        PolicyKind::ServiceControl,
    )?;
    let resource = policies(
        file.resource_control_policies,
        "resourceControlPolicies",
        PolicyKind::ResourceControl,
    )?;
    if let Some(text) = file.management_account.as_ref().filter(|text| !is_account(text)) {
        let location = "managementAccount".to_owned();
        return Err(InventoryError::NotAccount {
            location,
            text: text.clone(),
        });
    }
    let ids = |list: Option<&Vec<(String, String, Document)>>| -> HashMap<String, usize> {
        let numbered = list.into_iter().flatten().enumerate();
        numbered.map(|(index, (id, ..))| (id.clone(), index)).collect()
    };
    let mut tree = Tree {
        service: ids(service.as_ref()),
        resource: ids(resource.as_ref()),
        seen: HashSet::new(),
        accounts: Vec::new(),
    };
    tree.unit(file.root, "root", &mut Vec::new())?;
    let service = service.map(|list| {
        let each = list.into_iter();
        each.map(|(id, name, document)| ServiceControlPolicy { id, name, document })
            .collect()
    });
    let resource = resource.map(|list| {
        let each = list.into_iter();
        each.map(|(id, name, document)| ResourceControlPolicy { id, name, document })
            .collect()
    });
    Ok(Organization {
        id: file.organization_id,
        management_account: file.management_account,
        service_control_policies: service,
        resource_control_policies: resource,
        accounts: tree.accounts,
        findings,
    })
}

/// Reads id, name and document of each policy.
fn read_policies(
    list: Vec<Policy<'_>>,
    member: &str,
    kind: PolicyKind,
    findings: &mut Vec<DocumentFinding>,
) -> Result<Vec<(String, String, Document)>, InventoryError> {
    let mut seen = HashSet::new();
    let mut read = Vec::with_capacity(list.len());
    for (index, policy) in list.into_iter().enumerate() {
        let location = format!("{member}[{index}]");
        let document = parse_policy(policy.content, kind, &format!("{location}.content"), findings)?;
        if !seen.insert(policy.id.clone()) {
            return Err(InventoryError::Duplicate {
                location: format!("{location}.id"),
                name: policy.id,
            });
        }
        let name = policy.name.unwrap_or_else(|| policy.id.clone());
        read.push((policy.id, name, document));
    }
    Ok(read)
}

struct Tree {
    service: HashMap<String, usize>,
    resource: HashMap<String, usize>,
    seen: HashSet<String>,
    accounts: Vec<OrganizationAccount>,
}

impl Tree {
    fn unit(&mut self, unit: Unit, location: &str, above: &mut Vec<Level>) -> Result<(), InventoryError> {
        if above.len() >= MAX_DEPTH {
            return Err(InventoryError::TooDeep {
                location: location.to_owned(),
                limit: MAX_DEPTH,
            });
        }
        let attached = (
            unit.service_control_policies.as_slice(),
            unit.resource_control_policies.as_slice(),
        );
        above.push(self.level(unit.id, unit.name, attached, location)?);
        for (index, account) in unit.accounts.into_iter().enumerate() {
            let location = format!("{location}.accounts[{index}]");
            if !is_account(&account.id) {
                let location = format!("{location}.id");
                return Err(InventoryError::NotAccount {
                    location,
                    text: account.id,
                });
            }
            let id = Some(account.id.clone());
            let attached = (
                account.service_control_policies.as_slice(),
                account.resource_control_policies.as_slice(),
            );
            let own = self.level(id, account.name.clone(), attached, &location)?;
            if !self.seen.insert(account.id.clone()) {
                return Err(InventoryError::Duplicate {
                    location,
                    name: account.id,
                });
            }
            let mut levels = above.clone();
            levels.push(own);
            self.accounts.push(OrganizationAccount {
                id: account.id,
                name: account.name,
                levels,
            });
        }
        for (index, inner) in unit.organizational_units.into_iter().enumerate() {
            self.unit(inner, &format!("{location}.organizationalUnits[{index}]"), above)?;
        }
        above.pop();
        Ok(())
    }

    fn level(
        &self,
        id: Option<String>,
        name: Option<String>,
        (service, resource): (&[String], &[String]),
        location: &str,
    ) -> Result<Level, InventoryError> {
        Ok(Level {
            id,
            name,
            service_control: numbers(&self.service, service, location, "serviceControlPolicies")?,
            resource_control: numbers(&self.resource, resource, location, "resourceControlPolicies")?,
        })
    }
}

/// Returns the numbers of the policies with these ids.
fn numbers(
    known: &HashMap<String, usize>,
    ids: &[String],
    location: &str,
    member: &str,
) -> Result<Vec<usize>, InventoryError> {
    let find = |(index, id): (usize, &String)| {
        known.get(id).copied().ok_or_else(|| InventoryError::Dangling {
            location: format!("{location}.{member}[{index}]"),
            name: id.clone(),
        })
    };
    ids.iter().enumerate().map(find).collect()
}
