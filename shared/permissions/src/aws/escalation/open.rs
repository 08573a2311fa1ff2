//! Finds the objects on which a document grants an action, while nothing is known of the request but the principal.

use super::answers::List;
use super::free::is_free;
use super::granting::Granting;
use super::methods::Subject;
use super::needed::NeededAction;
use super::ways::insert;
use crate::aws::data::{CompiledDocument, DocumentId, Expanded, PrincipalClass, expand};
use crate::aws::effective::{PossibleGrant, SingleResource};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use iam::arn::{Arn, ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::document::{Effect, Element};
use iam::matching::{ResourcePattern, ResourceSet};
use std::cell::RefCell;

/// Objects on which a document grants an action, while nothing is known of the request
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) certain: FixedBitSet,
    /// Sets of objects that are decided alike
    pub(super) unsure: Vec<FixedBitSet>,
}

impl Granting<'_> {
    /// Returns the objects on which a document grants an action, while nothing is known of the request.
    pub(super) fn on_objects(
        &self,
        needed_action: &NeededAction,
        grant: &PossibleGrant<'_>,
        named: &RefCell<HashMap<DocumentId, bool>>,
    ) -> Open {
        let Some(all) = self.objects(needed_action, grant.class) else {
            return Open::default();
        };
        if all.is_clear() {
            return Open::default();
        }
        let (class, document) = (grant.class, grant.document);
        let about_iam = needed_action.need.action.starts_with("iam:");
        let is_free = about_iam && is_free(self.snapshot, class, needed_action.action);
        let mut possible = FixedBitSet::new();
        let mut certain = FixedBitSet::new();
        for statement in document.about(Effect::Allow, needed_action.action) {
            let holds = statement.condition.resolve(&*class.context);
            let Some(resources) = statement
                .resources
                .as_ref()
                .filter(|_| holds != Expression::False)
            else {
                continue;
            };
            let (mut chosen, exact) = self.chosen(needed_action, resources, class, &all);
            chosen.intersect_with(&all);
            if is_free && exact && holds == Expression::True {
                certain.union_with(&chosen);
            } else {
                possible.union_with(&chosen);
            }
        }
        possible.intersect_with(&all);
        possible.difference_with(&certain);
        if needed_action.is_assumption() {
            let trusting = possible.ones().filter(|&number| {
                let role = self.resource(needed_action, number);
                role.is_some_and(|role| self.is_trusted(class, role, named))
            });
            let trusting: Vec<usize> = trusting.collect();
            possible.clear();
            possible.extend(trusting);
        }
        let mut open = Open {
            certain,
            unsure: Vec::new(),
        };
        if possible.is_clear() {
            return open;
        }
        for set in self.alike(needed_action, grant, &possible) {
            match self
                .first(needed_action, &set)
                .and_then(|one| grant.by_identity(one))
            {
                None => {}
                Some(true) => open.certain.union_with(&set),
                Some(false) => open.unsure.push(set),
            }
        }
        open
    }

    /// Returns any one of the objects.
    fn first(&self, needed_action: &NeededAction, objects: &FixedBitSet) -> Option<&SingleResource> {
        self.resource(needed_action, objects.ones().next()?)
    }

    /// Returns the objects that the resources of a statement may name, and whether the statement certainly names them
    /// all.
    fn chosen(
        &self,
        needed_action: &NeededAction,
        resources: &ResourceSet,
        class: &PrincipalClass,
        all: &FixedBitSet,
    ) -> (FixedBitSet, bool) {
        let Element::Of(entries) = resources.patterns() else {
            return (all.clone(), false);
        };
        let mut chosen = FixedBitSet::new();
        let mut exact = true;
        for entry in entries {
            let expanded;
            let pattern = match entry {
                ResourcePattern::Fixed(pattern) => pattern,
                ResourcePattern::Variable(_) => {
                    exact = false;
                    match expand(entry.as_str(), &*class.context) {
                        Expanded::Exact(text) | Expanded::Wider(text) => {
                            expanded = ArnPattern::parse(&text, ShortArn::Padded);
                            &expanded
                        }
                        Expanded::Nothing => continue,
                    }
                }
            };
            if pattern.is_universal() {
                return (all.clone(), exact);
            }
            let by_arn = &self.subjects.by_arn;
            if pattern.is_literal() && matches!(needed_action.need.subject, Subject::User | Subject::Role) {
                if let Some(&number) = by_arn.get(pattern.as_str()) {
                    insert(&mut chosen, number);
                }
                continue;
            }
            if let Some(list) = List::of(needed_action, class) {
                chosen.union_with(&self.named(needed_action, &list, class, pattern));
                continue;
            }
            for number in all.ones() {
                let resource = self.resource(needed_action, number);
                let arn = resource.and_then(|resource| Arn::parse(&resource.arn).ok());
                if arn.is_some_and(|arn| pattern.matches_arn(&arn)) {
                    insert(&mut chosen, number);
                }
            }
        }
        (chosen, exact)
    }

    /// Returns whether a role may trust the principal class at all.
    fn is_trusted(
        &self,
        class: &PrincipalClass,
        role: &SingleResource,
        named: &RefCell<HashMap<DocumentId, bool>>,
    ) -> bool {
        let policy = role.policy.and_then(|id| self.snapshot.resource_policies.get(id));
        let Some(policy) = policy else { return true };
        *named.borrow_mut().entry(policy.document).or_insert_with(|| {
            let document = self.snapshot.documents.get(policy.document);
            let mut statements = document.into_iter().flat_map(CompiledDocument::statements);
            statements.any(|one| {
                let principals = one.statement.principals.as_ref();
                one.statement.effect == Effect::Allow
                    && principals.is_some_and(|one| one.grants(&class.principal).any() != Expression::False)
            })
        })
    }
}
