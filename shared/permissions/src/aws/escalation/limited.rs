//! Finds what limits a possible grant to a principal class, so that equal ones are decided once.

use super::granting::Granting;
use super::limits::{About, DependsOn, GrantKey, LimitsId, OfPrincipal};
use crate::aws::data::{CompiledDocument, DocumentId, PrincipalClass, Snapshot, is_controlled};
use crate::aws::effective::PossibleGrant;
use iam::condition::Expression;
use iam::document::Effect;
use iam::evaluate::needs_no_permission;
use iam::policy::CompiledStatement;
use std::rc::Rc;

impl Granting<'_> {
    /// Returns the number of what limits a principal class beside its denies.
    pub(super) fn limits_of(&self, class: &PrincipalClass) -> LimitsId {
        let limits = OfPrincipal {
            account: class.account.clone(),
            boundary: class.boundary,
            service_control: class.service_control.clone(),
            incomplete: class.incomplete,
        };
        let mut numbers = self.limits.numbers.borrow_mut();
        let next = LimitsId(numbers.len());
        *numbers.entry(limits).or_insert(next)
    }

    /// Returns the numbers of the needed actions whose actions a document allows on anything.
    pub(super) fn needed_actions_of(&self, document: &CompiledDocument) -> Rc<[usize]> {
        let mut known = self.limits.needed_actions.borrow_mut();
        let needed_actions = known.entry(address(document)).or_insert_with(|| {
            let needed_actions = self.needed_actions.all.iter().enumerate();
            needed_actions
                .filter(|(_, needed_action)| self.about(document, needed_action.action).allows)
                .map(|(number, _)| number)
                .collect()
        });
        Rc::clone(needed_actions)
    }

    fn about(&self, document: &CompiledDocument, action: u32) -> About {
        let mut known = self.limits.abouts.borrow_mut();
        let about = known.entry((address(document), action));
        *about.or_insert_with(|| About::of(self.snapshot, document, action))
    }

    fn document(&self, id: DocumentId) -> Option<&CompiledDocument> {
        self.snapshot.documents.get(id)
    }

    /// Returns whether a layer certainly leaves nothing of what the identity-based policies of a class grant of an
    /// action.
    pub(super) fn is_cut_off(&self, class: &PrincipalClass, action: u32) -> bool {
        let name = self.snapshot.actions.get(action).map_or("", |one| &one.name);
        if needs_no_permission(name, &class.principal) {
            return false;
        }
        let about = |id: DocumentId| self.document(id).map(|document| self.about(document, action));
        let denies_all = |id: DocumentId| about(id).is_some_and(|about| about.denies_all);
        let allows = |id: DocumentId| about(id).is_some_and(|about| about.allows);
        let boundary = class.boundary.document();
        let by_boundary = boundary.is_some_and(|id| !allows(id) || denies_all(id));
        let levels = class.service_control.levels().iter();
        let mut levels = levels.map(|level| {
            let policies = level.iter();
            policies.filter_map(|&id| Some(self.snapshot.service_control_policies.get(id)?.document))
        });
        by_boundary
            || class.denies.iter().copied().any(denies_all)
            || levels.any(|mut level| !level.clone().any(allows) || level.any(denies_all))
    }

    /// Returns what an answer depends on; `None` when principals with the same limits can get different answers.
    pub(super) fn key(&self, grant: &PossibleGrant<'_>, limits: LimitsId) -> Option<GrantKey> {
        let (snapshot, class, action) = (self.snapshot, grant.class, grant.action);
        let name = &snapshot.actions.get(action)?.name;
        if is_controlled(name) || self.is_denied(action) {
            return None;
        }
        let denies = class.denies.iter().copied().filter(|&id| {
            let document = self.document(id);
            document.is_some_and(|document| self.about(document, action).denies)
        });
        let denies: Vec<DocumentId> = denies.collect();
        let documents = limiting(snapshot, class, &denies).chain([grant.document]);
        let is_shared = match documents
            .map(|document| self.about(document, action).depends_on)
            .max()
        {
            Some(DependsOn::Principal) => false,
            Some(DependsOn::Conditions) => !self.concerned(grant).any(|one| reads(one, class)),
            Some(DependsOn::Nothing) | None => true,
        };
        is_shared.then(|| GrantKey {
            document: address(grant.document),
            action,
            limits,
            denies,
        })
    }

    /// Returns whether the policy of some resource denies an action.
    fn is_denied(&self, action: u32) -> bool {
        let mut denied = self.limits.denied.borrow_mut();
        *denied.entry(action).or_insert_with(|| {
            let mut policies = self.snapshot.resource_policies.denying(None);
            policies.any(|policy| {
                let document = self.document(policy.document);
                document.is_some_and(|one| one.about(Effect::Deny, action).next().is_some())
            })
        })
    }

    /// Returns the statements about an action that grant it or limit the grant.
    pub(super) fn concerned<'q>(
        &'q self,
        grant: &PossibleGrant<'q>,
    ) -> impl Iterator<Item = &'q CompiledStatement> + 'q {
        let (class, action) = (grant.class, grant.action);
        let limits = limiting(self.snapshot, class, &class.denies).flat_map(move |document| {
            let denying = document.about(Effect::Deny, action);
            denying.chain(document.about(Effect::Allow, action))
        });
        grant.document.about(Effect::Allow, action).chain(limits)
    }
}

/// Returns whether the condition of a statement reads something that is known of a principal class.
fn reads(statement: &CompiledStatement, class: &PrincipalClass) -> bool {
    let condition = &statement.condition;
    *condition != Expression::True && condition.resolve(&*class.context) != *condition
}

/// Returns the documents that limit what a principal class is granted. Of its own denies, only `denies` are among them.
fn limiting<'s>(
    snapshot: &'s Snapshot,
    class: &'s PrincipalClass,
    denies: &'s [DocumentId],
) -> impl Iterator<Item = &'s CompiledDocument> + Clone + 's {
    let organization = class.service_control.levels().iter().flatten();
    let organization =
        organization.filter_map(|&id| Some(snapshot.service_control_policies.get(id)?.document));
    let limits = class.boundary.document().into_iter().chain(organization);
    let limits = limits.chain(denies.iter().copied());
    limits.filter_map(|id| snapshot.documents.get(id))
}

fn address(document: &CompiledDocument) -> usize {
    std::ptr::from_ref(document).addr()
}
