//! `service-control-policies.json`: the organization's levels and the policies attached to each; a format of our own.

use super::{DocumentFinding, InventoryError, document, or_default};
use iam::document::{Document, PolicyKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

/// Deepest nesting of organizational units.
///
/// Source: AWS Organizations user guide, "Quotas and service limits": five below the root.
const MAX_DEPTH: usize = 8;

/// The organization that the accounts belong to
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`, when given
    pub id: Option<String>,
    /// The account whose users and roles service control policies do not bind, when given
    pub management_account: Option<String>,
    /// All policies, whether attached or not
    pub policies: Vec<ServiceControlPolicy>,
    /// In order of the tree
    pub accounts: Vec<OrganizationAccount>,
    /// What is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

/// A service control policy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceControlPolicy {
    /// `p-…`
    pub id: String,
    /// For people
    pub name: String,
    /// What it says
    #[serde(with = "super::stored_document::service_control")]
    pub document: Document,
}

/// An account and the way to it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationAccount {
    /// Twelve digits
    pub id: String,
    /// For people
    pub name: Option<String>,
    /// Root, each organizational unit on the way, the account: indices of the policies attached there
    pub levels: Vec<Vec<usize>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    organization_id: Option<String>,
    management_account: Option<String>,
    #[serde(borrow)]
    policies: Vec<Policy<'a>>,
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
    #[serde(default, deserialize_with = "or_default")]
    policies: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    organizational_units: Vec<Unit>,
    #[serde(default, deserialize_with = "or_default")]
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    id: String,
    name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    policies: Vec<String>,
}

/// Reads `service-control-policies.json`.
///
/// # Errors
/// `Shape`, `Document`, `Duplicate` (a policy or account twice) and `Dangling` (a policy that the file does not hold, or
/// units nested deeper than an organization can be) of [`InventoryError`].
pub fn read_organization(text: &str) -> Result<Organization, InventoryError> {
    let file: File<'_> = serde_json::from_str(text)?;
    let mut organization = Organization {
        id: file.organization_id,
        management_account: file.management_account,
        ..Organization::default()
    };
    let mut ids = HashMap::new();
    for (index, policy) in file.policies.into_iter().enumerate() {
        let place = format!("policies[{index}]");
        let at = format!("{place}.content");
        let document = document(
            policy.content,
            PolicyKind::ServiceControl,
            &at,
            &mut organization.findings,
        )?;
        if ids.insert(policy.id.clone(), index).is_some() {
            return Err(InventoryError::Duplicate {
                place: format!("{place}.id"),
                name: policy.id,
            });
        }
        organization.policies.push(ServiceControlPolicy {
            name: policy.name.unwrap_or_else(|| policy.id.clone()),
            id: policy.id,
            document,
        });
    }
    let mut walk = Walk {
        ids: &ids,
        seen: HashSet::new(),
        accounts: &mut organization.accounts,
    };
    walk.unit(file.root, "root", &mut Vec::new())?;
    Ok(organization)
}

struct Walk<'a> {
    ids: &'a HashMap<String, usize>,
    seen: HashSet<String>,
    accounts: &'a mut Vec<OrganizationAccount>,
}

impl Walk<'_> {
    fn unit(&mut self, unit: Unit, place: &str, above: &mut Vec<Vec<usize>>) -> Result<(), InventoryError> {
        if above.len() >= MAX_DEPTH {
            return Err(InventoryError::Dangling {
                place: place.to_owned(),
                name: format!("level {MAX_DEPTH} of organizational units"),
            });
        }
        above.push(self.level(&unit.policies, place)?);
        for (index, account) in unit.accounts.into_iter().enumerate() {
            let place = format!("{place}.accounts[{index}]");
            let own = self.level(&account.policies, &place)?;
            if !self.seen.insert(account.id.clone()) {
                return Err(InventoryError::Duplicate {
                    place,
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
            self.unit(inner, &format!("{place}.organizationalUnits[{index}]"), above)?;
        }
        above.pop();
        Ok(())
    }

    fn level(&self, policies: &[String], place: &str) -> Result<Vec<usize>, InventoryError> {
        let find = |(index, id): (usize, &String)| {
            self.ids.get(id).copied().ok_or_else(|| InventoryError::Dangling {
                place: format!("{place}.policies[{index}]"),
                name: id.clone(),
            })
        };
        policies.iter().enumerate().map(find).collect()
    }
}
