//! Finds the policies of resources that a document concerns, once for all who hold the document.

use super::Builder;
use super::documents::DocumentEntry;
use crate::aws::data::{DocumentId, ResourcePolicy, ResourcePolicyId};
use iam::arn::ArnPattern;
use iam::document::Effect;
use iam::matching::{ActionPattern, ActionSet, ResourcePattern};
use iam::policy::CompiledStatement;
use std::rc::Rc;

impl Builder<'_> {
    /// Returns the resources with policies that the Allow statements of a document name, each alone.
    pub(super) fn concerned(&mut self, document: DocumentId) -> Rc<[ResourcePolicyId]> {
        if let Some(known) = self.concerned.get(&document) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        let statements = self.documents.get(document).map(DocumentEntry::statements);
        let allowing = statements
            .into_iter()
            .flatten()
            .filter(|one| one.effect == Effect::Allow);
        for statement in allowing {
            found.extend(named_alone(statement).filter_map(|pattern| {
                let number = self.resource_policies.of(pattern)?;
                let policy = self.resource_policies.get(number)?;
                may_be_asked(policy, &statement.actions).then_some(number)
            }));
        }
        // In whatever way they are named, their Allow statements are not the same for all principals of an account.
        for &number in &self.selective_grants {
            if let Some(policy) = self.resource_policies.get(number)
                && self.documents.may_allow(document, number, policy)
            {
                found.push(number);
            }
        }
        found.sort_unstable();
        found.dedup();
        let found: Rc<[ResourcePolicyId]> = found.into();
        self.concerned.insert(document, Rc::clone(&found));
        found
    }
}

/// Returns the patterns that can lie within the scope of one resource's policy.
fn named_alone(statement: &CompiledStatement) -> impl Iterator<Item = &ArnPattern> {
    let resources = statement.resources.iter();
    let plain = resources.filter(|resources| !resources.patterns().is_negated());
    plain
        .flat_map(|resources| resources.patterns().entries())
        .filter_map(|entry| match entry {
            ResourcePattern::Fixed(pattern) => Some(pattern),
            ResourcePattern::Variable(_) => None,
        })
}

/// Returns whether the statement may be about actions for which AWS reads the policy.
fn may_be_asked(policy: &ResourcePolicy, actions: &ActionSet) -> bool {
    let about = ActionPattern::parse("sts:*");
    let patterns = actions.patterns();
    !policy.is_trust || patterns.is_negated() || patterns.entries().iter().any(|one| one.overlaps(&about))
}
