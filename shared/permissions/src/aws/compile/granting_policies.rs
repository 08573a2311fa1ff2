//! Policies as something that grants, each once: inline, managed, and those of resources.

use super::Builder;
use crate::aws::data::{Attachment, DocumentId, GrantingPolicy, PolicyId, ResourcePolicyId, TableId};
use crate::row::rrn;
use iam::arn::{Arn, account_of};

/// A managed policy, and its id once somebody holds it
pub(super) struct ManagedPolicy {
    pub(super) document: DocumentId,
    pub(super) granting: Option<PolicyId>,
}

impl Builder<'_> {
    pub(super) fn policy(
        &mut self,
        id: &str,
        name: &str,
        kind: &'static str,
        account: &str,
        document: DocumentId,
    ) -> PolicyId {
        let next = self.policies.next_id();
        let number = *self.policy_numbers.entry(id.to_owned()).or_insert(next);
        if number == next {
            self.policies.push(GrantingPolicy {
                id: id.into(),
                name: name.into(),
                kind,
                rrn: rrn("iamPolicy", "", account, id).into(),
                account: account.into(),
                document,
            });
        }
        number
    }

    /// Returns the policy of a resource as a granting policy. Its id is the ARN of the resource.
    fn resource_policy(&mut self, number: ResourcePolicyId) -> Option<PolicyId> {
        if let Some(&known) = self.resource_policy_numbers.get(&number) {
            return Some(known);
        }
        let policy = self.resource_policies.get(number)?;
        let arn = Arn::parse(&policy.resource).ok();
        let name = arn.map_or(&*policy.resource, |arn| arn.resource);
        let region = arn.map_or("", |arn| arn.region);
        let next = self.policies.next_id();
        self.policies.push(GrantingPolicy {
            id: policy.resource.clone(),
            name: name.rsplit(['/', ':']).next().unwrap_or(name).into(),
            kind: "Resource-based Policy",
            rrn: rrn("iamPolicy", region, &policy.account, &policy.resource).into(),
            account: policy.account.clone(),
            document: policy.document,
        });
        self.resource_policy_numbers.insert(number, next);
        Some(next)
    }

    /// Returns the policy of a resource as attached to a principal, with what it grants to the principal.
    pub(super) fn resource_attachment(
        &mut self,
        number: ResourcePolicyId,
        table: Option<TableId>,
    ) -> Option<Attachment> {
        Some(Attachment {
            policy: self.resource_policy(number)?,
            entity: None,
            table: table?,
        })
    }

    pub(super) fn managed_policy(&mut self, arn: &str) -> Option<PolicyId> {
        let ManagedPolicy { document, granting } = self.managed.get(arn)?;
        if granting.is_some() {
            return *granting;
        }
        let owner = account_of(arn);
        let kind = if owner == "aws" {
            "AWS Managed Policy"
        } else {
            "Customer Managed Policy"
        };
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let number = self.policy(arn, name, kind, owner, *document);
        if let Some(policy) = self.managed.get_mut(arn) {
            policy.granting = Some(number);
        }
        Some(number)
    }
}
