//! Applies the policies of resources: what they deny, and where they must allow what an identity-based policy grants.
//!
//! Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS KMS developer guide,
//! "Key policies".

use super::destination::Relation;
use super::effective_grant::{EffectiveGrant, Reach};
use super::others_bound::OthersBound;
use super::request::{DeniedInPart, RequestClass};
use crate::aws::data::{
    Boundary, CompiledDocument, DocumentId, Extent, PRINCIPAL_ARN, PrincipalClass, PrincipalIndex,
    ResourcePolicy, StatementView, always_has_policy, named_values, never_has_policy,
};
use crate::row::exceptions::ExceptionCode;
use iam::arn::{Arn, ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::document::Effect;
use iam::matching::{PrincipalEntry, PrincipalSet, ResourcePattern};
use iam::policy::CompiledStatement;
use std::sync::Arc;

#[cfg(test)]
thread_local! {
    /// Counts policies and statements that were read for rows about many resources, to tell how the work grows
    pub(super) static READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Says how the principals of a Deny relate to a principal class
pub(super) enum DenyMatch {
    /// The Deny names all of them when the expression holds
    All(Expression),
    /// The Deny names some of several principals
    Some,
    None,
}

/// Deny statements about a part of a destination that bind some principals only, by the principals that they name
#[derive(Debug, Default)]
pub(super) struct SelectivelyDenied {
    /// Says of the statements whose conditions name ARNs or values of a tag whether they bind principals with others
    others: OthersBound,
    /// Each by its document and its place among the valid statements
    statements: Vec<(DocumentId, usize)>,
    by_principal: PrincipalIndex,
}

impl SelectivelyDenied {
    fn add(&mut self, document: DocumentId, view: StatementView<'_>) {
        let (number, statement) = (self.statements.len(), view.statement);
        match &statement.principals {
            Some(_) if binds_everybody(statement) && !has_variable(statement) => {
                self.by_principal.add_with_condition(&statement.condition, number);
                if let Some(named) = named_values(&statement.condition) {
                    self.others.add(named.key.unwrap_or(PRINCIPAL_ARN), number);
                }
            }
            Some(principals) if !principals.entries().is_negated() => {
                self.by_principal.add(principals, number);
            }
            // These bind whom they do not list, so that one of the first decides.
            Some(_) | None => self.by_principal.add_for_everybody(number),
        }
        self.statements.push((document, view.index));
    }

    /// Returns whether one of the statements denies something to the principals of a request.
    fn binds(&self, request: &RequestClass<'_>) -> bool {
        let class = request.class;
        let binds = |number: usize| self.binds_by(number, request);
        if class.extent != Extent::Principal {
            return (0..self.statements.len()).any(binds);
        }
        let found = self.by_principal.of(&class.principal, &class.context);
        found.iter().copied().any(binds) || self.others.bind(&class.context, &found, binds)
    }

    fn binds_by(&self, number: usize, request: &RequestClass<'_>) -> bool {
        #[cfg(test)]
        READ.with(|read| read.set(read.get().saturating_add(1)));
        let statement = self.statements.get(number).and_then(|&(document, place)| {
            let document = request.snapshot.documents.get(document)?;
            document.policy().statements().get(place)
        });
        statement.is_some_and(|statement| {
            !matches!(deny_match(request, statement), DenyMatch::None)
                && request.relation(statement) != Relation::None
        })
    }
}

/// Returns whether the resources of a statement depend on the principal.
fn has_variable(statement: &CompiledStatement) -> bool {
    let mut entries = statement
        .resources
        .iter()
        .flat_map(|one| one.patterns().entries());
    entries.any(|entry| matches!(entry, ResourcePattern::Variable(_)))
}

/// Applies what the policies of resources deny, for a row that names their resource, alone or among others.
pub(super) fn deny(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    match request.resource_policy() {
        Some(policy) if is_asked(request, policy) => deny_by(request, policy, grant),
        // A row about many resources only says that something is denied.
        None if is_denied_a_part(request) => grant.exceptions.insert(ExceptionCode::LimitedByDenyStatement),
        Some(_) | None => {}
    }
}

/// Returns whether the policies of resources deny the principals of a request a part of a destination that has no policy of
/// its own.
pub(super) fn is_denied_a_part(request: &RequestClass<'_>) -> bool {
    match denied_in_part(request) {
        DeniedInPart::Nobody => false,
        DeniedInPart::Everybody => true,
        DeniedInPart::Some(denied) => denied.binds(request),
    }
}

/// Returns whom the policies of resources deny a part of a destination that has no policy of its own.
///
/// Thousands of policies are read once for a destination, and not once for each principal: most of them deny something to
/// everybody or nothing to anybody, and the others name the principals whom they concern.
fn denied_in_part(request: &RequestClass<'_>) -> DeniedInPart {
    request.denied_in_part(|| {
        let mut selective = SelectivelyDenied::default();
        for (policy, _) in denying(request) {
            let document = request.snapshot.documents.get(policy.document);
            let about = document.map(|document| document.views_about(Effect::Deny, request.action));
            for one in about.into_iter().flatten() {
                if one.reads_principal {
                    selective.add(policy.document, one);
                } else if request.relation(one.statement) != Relation::None {
                    if binds_everybody(one.statement) {
                        return DeniedInPart::Everybody;
                    }
                    selective.add(policy.document, one);
                }
            }
        }
        if selective.statements.is_empty() {
            DeniedInPart::Nobody
        } else {
            DeniedInPart::Some(Arc::new(selective))
        }
    })
}

fn binds_everybody(statement: &CompiledStatement) -> bool {
    statement.principals.as_ref().is_none_or(|principals| {
        let entries = principals.entries();
        !entries.is_negated() && entries.entries().contains(&PrincipalEntry::Everyone)
    })
}

/// Returns the policies of resources whose denies can concern the row, and whether the row is about that resource
/// alone.
pub(super) fn denying<'a>(
    request: &'a RequestClass<'a>,
) -> impl Iterator<Item = (&'a ResourcePolicy, bool)> + 'a {
    let alone = request.resource_policy();
    let own = alone
        .filter(|policy| is_asked(request, policy))
        .map(|policy| (policy, true));
    let destination = request.destination;
    let wide = (alone.is_none() && !destination.unspecified).then(|| {
        let policies = &request.snapshot.resource_policies;
        let all = policies.denying_on(destination.service(), destination.pattern);
        let concerned = all.filter(|policy| {
            #[cfg(test)]
            READ.with(|read| read.set(read.get().saturating_add(1)));
            let document = request.snapshot.documents.get(policy.document);
            document.is_some_and(|one| one.about(Effect::Deny, request.action).next().is_some())
                && policy.scope.iter().any(|pattern| match destination.single() {
                    Some(resource) => pattern.matches(&resource),
                    None => destination.meets(pattern),
                })
        });
        concerned.map(|policy| (policy, false))
    });
    own.into_iter().chain(wide.into_iter().flatten())
}

/// Returns whether the policy takes part in decisions about the action.
pub(super) fn is_asked(request: &RequestClass<'_>, policy: &ResourcePolicy) -> bool {
    policy.is_about(request.action_name())
}

/// Applies what the policy of a resource denies, for a row that is about this resource alone.
fn deny_by(request: &RequestClass<'_>, policy: &ResourcePolicy, grant: &mut EffectiveGrant) {
    let Some(document) = request.snapshot.documents.get(policy.document) else {
        return;
    };
    if document.has_invalid_deny() {
        grant.exceptions.insert(ExceptionCode::PolicyNotAvailable);
    }
    for statement in document.about(Effect::Deny, request.action) {
        match (deny_match(request, statement), request.relation(statement)) {
            (DenyMatch::None, _) | (_, Relation::None) => {}
            (DenyMatch::All(named), Relation::All(about)) => {
                let denied = named.and(about);
                if denied != Expression::False {
                    grant.deny(denied, ExceptionCode::LimitedByDenyStatement);
                }
            }
            (DenyMatch::All(_), Relation::Some) | (DenyMatch::Some, Relation::All(_) | Relation::Some) => {
                grant.exceptions.insert(ExceptionCode::LimitedByDenyStatement);
            }
        }
    }
}

/// Keeps what the resource's own policy allows, where it must allow, too: roles, keys, resources of other accounts.
pub(super) fn limit(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    let (snapshot, class, destination) = (request.snapshot, request.class, request.destination);
    let action = request.action_name();
    if action.is_empty() || destination.unspecified {
        return;
    }
    if let Some(policy) = request.resource_policy().filter(|policy| policy.is_about(action)) {
        if policy.must_allow() || policy.account != class.account {
            limit_to(reach_of(request, policy), grant);
        }
        return;
    }
    let policies = &snapshot.resource_policies;
    if action.starts_with("sts:") && policies.closed.has(destination.text) {
        grant.allowed = Expression::False;
        return;
    }
    let must_allow = destination
        .types()
        .any(|one| always_has_policy(action, one.as_str()));
    let about_roles = must_allow && action.starts_with("sts:");
    let owner = destination.owner();
    let foreign = owner.is_some_and(|owner| *owner != *class.account);
    if !must_allow && !foreign {
        return;
    }
    // A grant that reaches beyond the own account is kept in the form that it has within the account.
    let within = owner.unwrap_or(&class.account);
    let mut fields = destination.text.split(':').skip(2);
    let (service, region) = match (fields.next(), fields.next()) {
        _ if about_roles => ("iam", ""),
        (Some(service), Some(region)) => (service, region),
        (_, _) => (action.split(':').next().unwrap_or_default(), "*"),
    };
    let mut types = destination.types();
    let cannot_have_one = types.len() > 0 && types.all(|one| never_has_policy(one.as_str()));
    let all_known = cannot_have_one || policies.has_no_policy(action, within, service, region);
    if destination.single().is_some() {
        if all_known && !must_allow {
            grant.allowed = Expression::False;
        } else {
            grant.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
        return;
    }
    // A policy that must allow is always mentioned, unless nothing is left.
    let some = (!must_allow || all_known && foreign) && {
        let mut known = policies
            .of_account(within, destination.pattern)
            .filter(|policy| policy.is_about(action) && policy.is_trust == about_roles);
        known.any(|policy| policy.scope.iter().any(|one| destination.meets(one)))
            || about_roles && {
                let start = destination.pattern.literal_prefix();
                let meets = |role: &str| destination.meets(&pattern_of(role));
                policies.closed.any_in(within, start, meets)
            }
    };
    if all_known && foreign && !some {
        grant.allowed = Expression::False;
    }
    if must_allow || some {
        grant.exceptions.insert(ExceptionCode::LimitedByResourcePolicy);
    }
    if !all_known {
        grant.exceptions.insert(ExceptionCode::PolicyNotAvailable);
    }
}

fn pattern_of(role: &str) -> ArnPattern {
    ArnPattern::parse(role, ShortArn::PaddedAfterStar)
}

/// Returns how far a resource's policy allows a principal class, in whatever way the policy names it.
fn reach_of(request: &RequestClass<'_>, policy: &ResourcePolicy) -> Reach {
    let mut reach = Reach::NOTHING;
    let document = request.snapshot.documents.get(policy.document).into_iter();
    for statement in document.flat_map(|one: &CompiledDocument| one.about(Effect::Allow, request.action)) {
        let Some(principals) = &statement.principals else {
            continue;
        };
        let named = principals.grants(&request.class.principal).any();
        if named == Expression::False {
            continue;
        }
        reach.add(match request.relation(statement) {
            Relation::All(holds) => Relation::all(named.and(holds)),
            other @ (Relation::Some | Relation::None) => other,
        });
    }
    reach
}

fn limit_to(reach: Reach, grant: &mut EffectiveGrant) {
    if reach.whole == Expression::True {
        return;
    }
    if reach.partly {
        grant.exceptions.insert(ExceptionCode::LimitedByResourcePolicy);
    } else if reach.whole != Expression::False {
        grant.exceptions.insert(ExceptionCode::LimitedByCondition);
    }
    grant.note_unsupported(&reach.whole);
    if !reach.partly {
        grant.allowed = std::mem::replace(&mut grant.allowed, Expression::False).and(reach.whole);
    }
}

/// Returns how the principals of a Deny relate to the principal class of a request.
pub(super) fn deny_match(request: &RequestClass<'_>, statement: &CompiledStatement) -> DenyMatch {
    match &statement.principals {
        Some(principals) => named_by(request.class, principals),
        None => DenyMatch::All(Expression::True),
    }
}

fn named_by(class: &PrincipalClass, principals: &PrincipalSet) -> DenyMatch {
    if class.extent == Extent::Principal {
        let has_boundary = class.boundary != Boundary::None;
        let binds = principals.denies(&class.principal, has_boundary);
        return if binds == Expression::False {
            DenyMatch::None
        } else {
            DenyMatch::All(binds)
        };
    }
    let entries = principals.entries().entries();
    let everyone = entries.contains(&PrincipalEntry::Everyone);
    let account = PrincipalEntry::Account(class.account.clone());
    let all = everyone || (class.extent == Extent::Account && entries.contains(&account));
    let some = entries.iter().any(|entry| concerns(class, entry));
    if principals.entries().is_negated() {
        // `NotPrincipal` with an account spares its root user only; with everybody it spares everybody.
        match (everyone, some) {
            (true, _) => DenyMatch::None,
            (false, true) => DenyMatch::Some,
            (false, false) => DenyMatch::All(Expression::True),
        }
    } else if all {
        DenyMatch::All(Expression::True)
    } else if some {
        DenyMatch::Some
    } else {
        DenyMatch::None
    }
}

/// Returns whether an entry can name one of several principals.
fn concerns(class: &PrincipalClass, entry: &PrincipalEntry) -> bool {
    let everybody = class.extent.is_anybody();
    let of = |account: &str| everybody || *account == *class.account;
    match entry {
        PrincipalEntry::Everyone | PrincipalEntry::UniqueId(_) => true,
        PrincipalEntry::Account(account)
        | PrincipalEntry::RoleSession { account, .. }
        | PrincipalEntry::FederatedUser { account, .. } => of(account),
        PrincipalEntry::User(arn) | PrincipalEntry::Role(arn) => {
            Arn::parse(arn).is_ok_and(|arn| of(arn.account))
        }
        PrincipalEntry::Service(_) | PrincipalEntry::Federated(_) | PrincipalEntry::CanonicalUser(_) => {
            everybody
        }
        PrincipalEntry::Nobody(_) => false,
    }
}
