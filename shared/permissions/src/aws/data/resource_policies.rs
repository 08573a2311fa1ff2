//! Resources with a policy of their own, found by ARN.

use super::by_resource::ByResource;
use super::{ClosedRoles, DocumentId, IdVec, ResourcePolicyId};
use foldhash::HashMap;
use iam::arn::ArnPattern;
use iam::glob::Containment;
use inventory::{Collected, PolicyPresence};
use std::collections::{BTreeMap, BTreeSet};

/// A resource and its own policy; for a role its trust policy
#[derive(Debug)]
pub(crate) struct ResourcePolicy {
    pub(crate) resource: Box<str>,
    /// Names the account that owns the resource
    pub(crate) account: Box<str>,
    /// The resource and what is inside it
    pub(crate) scope: Vec<ArnPattern>,
    pub(crate) document: DocumentId,
    pub(crate) is_trust: bool,
}

/// Service and beginning of the name of resources that have no policy and that cannot be shared with other accounts, so that
/// nobody outside of the account can use them.
///
/// Source: IAM user guide, "AWS services that work with IAM", and Amazon EBS user guide, "How Amazon EBS works with IAM": Amazon
/// EC2 and Amazon EBS have no resource-based policies; AWS RAM user guide, "Shareable AWS resources", lists neither instances nor volumes.
const WITHOUT_POLICY: [(&str, &str); 2] = [("ec2", "instance/"), ("ec2", "volume/")];

/// The service of actions, and the service and the beginning of the name of resources that always have a policy that AWS
/// reads for these actions: when no policy is known, the policy was not read.
///
/// Source: IAM user guide, "How to use trust policies with IAM roles"; AWS KMS developer guide, "Key policies".
const WITH_POLICY: [(&str, (&str, &str)); 2] = [("sts:", ("iam", "role/")), ("kms:", ("kms", "key/"))];

/// Returns whether the resources of an ARN, or of the format of ARNs, can have no policy at all.
pub(crate) fn never_has_policy(arn: &str) -> bool {
    WITHOUT_POLICY.iter().any(|&kind| is_of_kind(arn, kind))
}

/// Returns whether there are resources that always have a policy that AWS reads for an action.
pub(crate) fn asks_policies(action: &str) -> bool {
    WITH_POLICY
        .iter()
        .any(|&(actions, _)| action.starts_with(actions))
}

/// Returns whether the resources of an ARN, or of the format of ARNs, always have a policy that AWS reads for an action in
/// lower case.
pub(crate) fn always_has_policy(action: &str, arn: &str) -> bool {
    let mut kinds = WITH_POLICY.iter();
    kinds.any(|&(actions, kind)| action.starts_with(actions) && is_of_kind(arn, kind))
}

fn is_of_kind(arn: &str, (service, begin): (&str, &str)) -> bool {
    let mut fields = arn.splitn(6, ':').skip(2);
    let (own, name) = (fields.next(), fields.nth(2));
    own == Some(service) && name.is_some_and(|name| name.starts_with(begin))
}

/// All policies of resources, and where it is known that there are none
#[derive(Debug, Default)]
pub(crate) struct ResourcePolicies {
    all: IdVec<ResourcePolicyId, ResourcePolicy>,
    by_arn: HashMap<Box<str>, ResourcePolicyId>,
    /// Bytes of the longest ARN
    longest: usize,
    by_account: BTreeMap<Box<str>, ByResource>,
    /// The policies that deny something, by service of the resource, without trust policies
    denying: BTreeMap<Box<str>, ByResource>,
    /// The services and regions whose resource policies are all known, by account
    collected: BTreeMap<Box<str>, Vec<Collected>>,
    /// Accounts and services with a resource whose policy could not be read
    not_readable: BTreeSet<(Box<str>, Box<str>)>,
    /// Accounts whose users and roles are known
    loaded: BTreeSet<Box<str>>,
    /// Roles of other shards. The trust policies of those that are not among the policies are about nobody of this shard
    pub(crate) closed: ClosedRoles,
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

    /// Returns the service for whose actions AWS reads the policy, as the prefix of their names.
    pub(crate) fn service(&self) -> &str {
        if self.is_trust {
            "sts"
        } else {
            self.resource.split(':').nth(2).unwrap_or_default()
        }
    }

    /// Returns whether AWS reads the policy for the action at all.
    pub(crate) fn is_about(&self, action: &str) -> bool {
        !self.is_trust || action.starts_with("sts:")
    }

    /// Returns whether no access is possible without this policy, not even for principals of the owner.
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
        known: Option<&inventory::ResourcePolicies>,
        closed: ClosedRoles,
    ) -> Self {
        let mut all = Self {
            loaded: loaded.into_iter().map(Into::into).collect(),
            closed,
            ..Self::default()
        };
        for one in known.into_iter().flat_map(|known| &known.collected) {
            let own = all.collected.entry(one.account.as_str().into()).or_default();
            own.push(one.clone());
        }
        let resources = known.into_iter().flat_map(|known| &known.resources);
        for one in resources.filter(|one| one.policy == PolicyPresence::NotReadable) {
            let service = one.arn.split(':').nth(2).unwrap_or_default();
            all.not_readable
                .insert((one.account.as_str().into(), service.into()));
        }
        all
    }

    /// Adds a policy. Of two policies for one resource, the first counts.
    pub(crate) fn add(&mut self, policy: ResourcePolicy, denies: bool) {
        let number = self.all.next_id();
        if self.by_arn.contains_key(&policy.resource) || !policy.is_trust && self.closed.has(&policy.resource)
        {
            return;
        }
        self.longest = self.longest.max(policy.resource.len());
        self.by_arn.insert(policy.resource.clone(), number);
        let own = self.by_account.entry(policy.account.clone()).or_default();
        own.add(&policy, number);
        if denies && !policy.is_trust {
            let own = self.denying.entry(policy.service().into()).or_default();
            own.add(&policy, number);
        }
        self.all.push(policy);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ResourcePolicyId, &ResourcePolicy)> {
        self.all.with_ids()
    }

    pub(crate) fn get(&self, number: ResourcePolicyId) -> Option<&ResourcePolicy> {
        self.all.get(number)
    }

    /// Returns the policy that covers everything that the pattern names.
    pub(crate) fn of(&self, pattern: &ArnPattern) -> Option<ResourcePolicyId> {
        let prefix = pattern.literal_prefix();
        // Five colons stand before every resource; a shorter text names several resources.
        let (fifth, _) = prefix.match_indices(':').nth(4)?;
        let within = prefix.rmatch_indices(['/', ':']).map(|(end, _)| end);
        let ends = std::iter::once(prefix.len()).chain(within.take_while(|end| *end > fifth));
        // A text longer than every resource is not a resource, and a look-up would read the text again for each of its
        // parts.
        let mut starts = ends
            .filter(|end| *end <= self.longest)
            .filter_map(|end| prefix.get(..end));
        starts.find_map(|start| {
            let &number = self.by_arn.get(start)?;
            self.get(number)?.holds(pattern).then_some(number)
        })
    }

    /// Returns policies of an account, among them all that cover something that a pattern names.
    pub(crate) fn of_account<'a>(
        &'a self,
        account: &str,
        pattern: &'a ArnPattern,
    ) -> impl Iterator<Item = &'a ResourcePolicy> {
        let own = self.by_account.get(account).into_iter();
        own.flat_map(|own| own.candidates(pattern))
            .filter_map(|number| self.get(number))
    }

    /// Returns policies that deny something on resources of a service; of any service when the service is not known.
    pub(crate) fn denying(&self, service: Option<&str>) -> impl Iterator<Item = &ResourcePolicy> {
        let numbers = self.denying_of(service).flat_map(ByResource::all);
        numbers.filter_map(|number| self.get(number))
    }

    /// Returns policies that deny something on resources of a service, among them all that cover something that a
    /// pattern names.
    pub(crate) fn denying_on<'a>(
        &'a self,
        service: Option<&str>,
        pattern: &'a ArnPattern,
    ) -> impl Iterator<Item = &'a ResourcePolicy> {
        let of_service = self.denying_of(service);
        of_service
            .flat_map(|policies| policies.candidates(pattern))
            .filter_map(|number| self.get(number))
    }

    fn denying_of(&self, service: Option<&str>) -> impl Iterator<Item = &ByResource> {
        let of_service = service.and_then(|service| self.denying.get(service));
        let all = service.is_none().then(|| self.denying.values());
        of_service.into_iter().chain(all.into_iter().flatten())
    }

    pub(crate) fn is_loaded(&self, account: &str) -> bool {
        self.loaded.contains(account)
    }

    /// Returns whether the documents prove that no policy of a resource without a known policy lets an action through.
    pub(crate) fn has_no_policy(&self, action: &str, account: &str, service: &str, region: &str) -> bool {
        match service {
            // Of all resources of IAM only roles have policies, and only AWS STS reads them. So nobody acts on IAM of
            // another account. Source: IAM user guide, "AWS services that work with IAM", footnote on IAM.
            "iam" => !action.starts_with("sts:") || self.is_loaded(account),
            service => self.is_collected(account, service, region),
        }
    }

    /// Returns whether a resource of this account that has no policy here has none at all. Service and region are those
    /// of an ARN pattern. When they have wildcards, only what was collected without limits covers them.
    pub(crate) fn is_collected(&self, account: &str, service: &str, region: &str) -> bool {
        let own = self.collected.get(account).into_iter().flatten();
        let mut covering = own.filter(|one| one.covers(account, Some(service), region));
        covering.next().is_some() && !self.not_readable.contains(&(account.into(), service.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::listed("sqs", "eu-west-1", true)]
    #[case::without_region("s3", "", false)]
    #[case::other_region("sqs", "us-east-1", false)]
    #[case::other_service("kms", "eu-west-1", false)]
    #[case::any_region("sqs", "*", false)]
    fn only_what_was_collected_and_could_be_read_proves_that_there_is_no_policy(
        #[case] service: &str,
        #[case] region: &str,
        #[case] expected: bool,
    ) {
        let text = r#"{"account":"111122223333","services":["s3","sqs"],"regions":["eu-west-1"],"resourcePolicies":[
            {"resourceArn":"arn:aws:s3:::closed","policyNotReadable":true}]}"#;
        let known = inventory::read_resource_policies(text).unwrap();
        let policies = ResourcePolicies::new([], Some(&known), ClosedRoles::default());
        assert_eq!(policies.is_collected("111122223333", service, region), expected);
        assert!(!policies.is_collected("444455556666", service, region));
    }
}
