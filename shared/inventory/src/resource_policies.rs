//! `resource-policies.json`: the policies of buckets, keys, queues and other resources; a format of our own.

use super::{DocumentFinding, InventoryError, document};
use iam::arn::Arn;
use iam::document::{Document, PolicyKind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashSet;

/// Policies of resources
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePolicies {
    /// The accounts whose resource policies were collected: a resource of theirs that is not named has none
    pub accounts: Vec<String>,
    /// In file order
    pub policies: Vec<ResourcePolicyDocument>,
    /// What is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

/// The policy of one resource
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePolicyDocument {
    /// The resource
    pub resource: String,
    /// Account that owns it: of the ARN, else the file's
    pub account: String,
    /// What it says
    #[serde(with = "super::stored_document::resource")]
    pub document: Document,
}

impl ResourcePolicies {
    /// Adds what was collected from another account; of two policies of one resource the first counts.
    pub fn merge(&mut self, other: Self) {
        for account in other.accounts {
            if !self.accounts.contains(&account) {
                self.accounts.push(account);
            }
        }
        self.policies.extend(other.policies);
        self.findings.extend(other.findings);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    account: String,
    #[serde(borrow)]
    resource_policies: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    resource_arn: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

/// Reads `resource-policies.json`.
///
/// # Errors
/// `Shape`, `Document`, `NotArn` and `Duplicate` of [`InventoryError`].
pub fn read_resource_policies(text: &str) -> Result<ResourcePolicies, InventoryError> {
    let file: File<'_> = serde_json::from_str(text)?;
    let mut read = ResourcePolicies {
        accounts: vec![file.account.clone()],
        ..ResourcePolicies::default()
    };
    let mut seen = HashSet::new();
    for (index, entry) in file.resource_policies.into_iter().enumerate() {
        let place = format!("resourcePolicies[{index}]");
        let Ok(arn) = Arn::parse(&entry.resource_arn) else {
            return Err(InventoryError::NotArn {
                place: format!("{place}.resourceArn"),
                text: entry.resource_arn,
                expected: "a resource",
            });
        };
        let account = if arn.account.is_empty() {
            file.account.clone()
        } else {
            arn.account.to_owned()
        };
        if !seen.insert(entry.resource_arn.clone()) {
            return Err(InventoryError::Duplicate {
                place: format!("{place}.resourceArn"),
                name: entry.resource_arn,
            });
        }
        let at = format!("{place}.policyDocument");
        let document = document(
            entry.policy_document,
            PolicyKind::Resource,
            &at,
            &mut read.findings,
        )?;
        read.policies.push(ResourcePolicyDocument {
            resource: entry.resource_arn,
            account,
            document,
        });
    }
    Ok(read)
}
