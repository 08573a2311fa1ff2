//! The policies of resources, trust policies of roles among them, and which of them distinguish principals.

use super::documents::{DocumentEntry, Documents};
use super::known::Known;
use super::public_access::RestrictedBuckets;
use super::scope::scope;
use crate::aws::data::{
    DocumentId, ResourceControl, ResourcePolicies, ResourcePolicy, ResourcePolicyId, is_controlled_service,
};
use iam::arn::account_of;
use iam::document::{Document, Effect, PolicyKind, PrincipalName, Statement};
use iam::matching::PrincipalEntry;

pub(super) fn resource_policies<'a>(
    known: Known<'a>,
    control: &ResourceControl,
    documents: &mut Documents<'a>,
) -> ResourcePolicies {
    let (loaded, trusts) = (known.loaded(), known.trusts());
    let closed = known.closed_roles();
    let known = known.resource_policies;
    let mut all = ResourcePolicies::new(loaded, known, closed);
    for (role, trust) in trusts {
        let denying = control_of(control, trust, (account_of(role), "sts"), documents);
        let number = documents.within(trust, PolicyKind::Trust, &denying);
        all.add(
            ResourcePolicy::new(role, account_of(role), scope(role), number, true),
            false,
        );
    }
    let restricted = RestrictedBuckets::of(known);
    for policy in known.into_iter().flat_map(|known| &known.policies) {
        let number = if restricted.has(&policy.resource, &policy.account) {
            documents.restricted(&policy.document, &policy.account)
        } else {
            let service = policy.resource.split(':').nth(2).unwrap_or_default();
            let denying = control_of(control, &policy.document, (&policy.account, service), documents);
            documents.within(&policy.document, PolicyKind::Resource, &denying)
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

/// Returns the resource control policies that may take principals from everybody whom the policy of a resource names.
fn control_of(
    control: &ResourceControl,
    document: &Document,
    (account, service): (&str, &str),
    documents: &Documents<'_>,
) -> Vec<DocumentId> {
    let is_concerned = is_controlled_service(service) && document.valid().any(names_everybody);
    let binding = is_concerned.then(|| control.binding(account));
    let binding = binding.flatten().into_iter().flatten();
    let binding = binding.map(|(_, policy)| policy.document);
    let mut denying: Vec<_> = binding
        .filter(|&one| documents.get(one).is_some_and(DocumentEntry::has_deny))
        .collect();
    denying.sort_unstable();
    denying.dedup();
    denying
}

fn names_everybody(statement: &Statement) -> bool {
    let is_everyone = |name: &PrincipalName| PrincipalEntry::compile(name) == PrincipalEntry::Everyone;
    let mut principals = statement.principals.iter();
    statement.effect == Effect::Allow
        && principals.any(|named| named.is_negated() || named.entries().iter().any(is_everyone))
}

/// Returns the policies of resources with an Allow that can mean different things for two principals of one account,
/// even if it does not name them.
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
