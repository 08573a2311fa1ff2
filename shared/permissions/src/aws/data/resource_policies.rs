//! Resources with a policy of their own, found by ARN.

use super::{DocumentId, IdVec, ResourcePolicyId};
use iam::arn::ArnPattern;
use iam::glob::Containment;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A resource and its own policy; for a role its trust policy
#[derive(Debug)]
pub(crate) struct ResourcePolicy {
    pub(crate) resource: Box<str>,
    /// Who owns it
    pub(crate) account: Box<str>,
    /// The resource and what is inside it
    pub(crate) scope: Vec<ArnPattern>,
    pub(crate) document: DocumentId,
    pub(crate) is_trust: bool,
}

/// All of them, and what is known of where there are none
#[derive(Debug, Default)]
pub(crate) struct ResourcePolicies {
    all: IdVec<ResourcePolicyId, ResourcePolicy>,
    by_arn: HashMap<Box<str>, ResourcePolicyId>,
    by_account: BTreeMap<Box<str>, Vec<ResourcePolicyId>>,
    /// Those that deny something, by service of the resource; no trust policies
    denying: BTreeMap<Box<str>, Vec<ResourcePolicyId>>,
    /// Accounts whose resource policies are all known
    collected: BTreeSet<Box<str>>,
    /// Accounts whose users and roles are known
    loaded: BTreeSet<Box<str>>,
}

impl ResourcePolicy {
    pub(crate) fn new(
        resource: &str,
        account: &str,
        scope: Vec<ArnPattern>,
        document: DocumentId,
        is_trust: bool,
    ) -> Self {
        Self {
            resource: resource.into(),
            account: account.into(),
            scope,
            document,
            is_trust,
        }
    }

    /// The service whose actions the policy is asked about, as the prefix of their names.
    pub(crate) fn service(&self) -> &str {
        if self.is_trust {
            "sts"
        } else {
            self.resource.split(':').nth(2).unwrap_or_default()
        }
    }

    /// Whether the policy is asked about the action at all.
    pub(crate) fn is_about(&self, action: &str) -> bool {
        !self.is_trust || action.starts_with("sts:")
    }

    /// Whether no access is possible without this policy, not even for principals of the owner.
    ///
    /// Source: IAM user guide, "How to use trust policies with IAM roles"; AWS KMS developer guide, "Key policies".
    pub(crate) fn must_allow(&self) -> bool {
        self.is_trust || self.resource.split(':').nth(2) == Some("kms")
    }

    pub(crate) fn holds(&self, pattern: &ArnPattern) -> bool {
        self.scope
            .iter()
            .any(|one| one.contains(pattern) == Containment::Contained)
    }
}

impl ResourcePolicies {
    pub(crate) fn new<'a>(
        loaded: impl IntoIterator<Item = &'a str>,
        collected: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            loaded: loaded.into_iter().map(Into::into).collect(),
            collected: collected.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds a policy; of two for one resource the first counts.
    pub(crate) fn add(&mut self, policy: ResourcePolicy, denies: bool) {
        let number = self.all.next_id();
        if self.by_arn.contains_key(&policy.resource) {
            return;
        }
        self.by_arn.insert(policy.resource.clone(), number);
        let own = self.by_account.entry(policy.account.clone()).or_default();
        own.push(number);
        if denies && !policy.is_trust {
            let own = self.denying.entry(policy.service().into()).or_default();
            own.push(number);
        }
        self.all.push(policy);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ResourcePolicyId, &ResourcePolicy)> {
        self.all.with_ids()
    }

    pub(crate) fn get(&self, number: ResourcePolicyId) -> Option<&ResourcePolicy> {
        self.all.get(number)
    }

    /// The policy that speaks for everything that the pattern names.
    pub(crate) fn of(&self, pattern: &ArnPattern) -> Option<ResourcePolicyId> {
        let mut start = pattern.literal_prefix();
        // Five colons stand in front of every resource; what is shorter holds several resources.
        while start.matches(':').count() >= 5 {
            if let Some(&number) = self.by_arn.get(start)
                && self.get(number).is_some_and(|policy| policy.holds(pattern))
            {
                return Some(number);
            }
            start = start.get(..start.rfind(['/', ':'])?)?;
        }
        None
    }

    pub(crate) fn of_account(&self, account: &str) -> impl Iterator<Item = &ResourcePolicy> {
        let numbers = self.by_account.get(account).into_iter().flatten();
        numbers.filter_map(|&number| self.get(number))
    }

    /// Policies that deny something on resources of a service, of any service when it is not known.
    pub(crate) fn denying(&self, service: Option<&str>) -> impl Iterator<Item = &ResourcePolicy> {
        let of_service = service.map(|service| self.denying.get(service).into_iter());
        let all = service.is_none().then(|| self.denying.values());
        let numbers = of_service.into_iter().flatten().chain(all.into_iter().flatten());
        numbers.flatten().filter_map(|&number| self.get(number))
    }

    pub(crate) fn is_loaded(&self, account: &str) -> bool {
        self.loaded.contains(account)
    }

    pub(crate) fn is_collected(&self, account: &str) -> bool {
        self.collected.contains(account)
    }
}
