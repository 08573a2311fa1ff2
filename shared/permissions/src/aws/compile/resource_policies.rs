//! The policies of resources, trust policies of roles among them, and which of them distinguish principals.

use super::account;
use super::documents::Documents;
use super::known::Known;
use super::public_access::RestrictedBuckets;
use super::scope::scope;
use crate::aws::data::{ResourcePolicies, ResourcePolicy, ResourcePolicyId};
use iam::document::{Effect, PolicyKind};

pub(super) fn resource_policies<'a>(known: Known<'a>, documents: &mut Documents<'a>) -> ResourcePolicies {
    let (loaded, trusts) = (known.loaded(), known.trusts());
    let known = known.resource_policies;
    let mut all = ResourcePolicies::new(loaded, known);
    for (role, trust) in trusts {
        let number = documents.intern(trust, PolicyKind::Trust);
        all.add(
            ResourcePolicy::new(role, account(role), scope(role), number, true),
            false,
        );
    }
    let restricted = RestrictedBuckets::of(known);
    for policy in known.into_iter().flat_map(|known| &known.policies) {
        let number = if restricted.has(&policy.resource, &policy.account) {
            documents.restricted(&policy.document, &policy.account)
        } else {
            documents.intern(&policy.document, PolicyKind::Resource)
        };
        let denies = policy.document.valid().any(|one| one.effect == Effect::Deny);
        all.add(
            ResourcePolicy::new(
                &policy.resource,
                &policy.account,
                scope(&policy.resource),
                number,
                false,
            ),
            denies,
        );
    }
    all
}

/// The policies of resources with an Allow that can mean different things for two principals of one account, beside naming
/// them.
pub(super) fn selective_grants(
    policies: &ResourcePolicies,
    documents: &Documents<'_>,
) -> Vec<ResourcePolicyId> {
    let depends = |policy: &ResourcePolicy| {
        let Some(entry) = documents.get(policy.document) else {
            return false;
        };
        entry.statements().iter().enumerate().any(|(index, statement)| {
            let negated = statement
                .principals
                .as_ref()
                .is_some_and(|principals| principals.entries().is_negated());
            statement.effect == Effect::Allow && (negated || entry.dependence(index).is_some())
        })
    };
    policies
        .iter()
        .filter(|(_, policy)| depends(policy))
        .map(|(number, _)| number)
        .collect()
}
