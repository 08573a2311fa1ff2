//! Works out what the policy of a resource grants to a principal class that it names.
//!
//! Source: IAM user guide, "Policy evaluation logic", the table of grants by kind of principal, and "Cross-account policy
//! evaluation logic".

use super::dest::Dests;
use super::destination::Relation;
use super::draft::{Candidate, Candidates, Draft};
use super::effective_grant::{EffectiveGrant, Sum};
use super::focus::Focus;
use super::limits;
use super::request::RequestClass;
use super::within::destinations;
use crate::aws::data::{Audience, CompiledDocument, Extent, PrincipalClass, ResourcePolicy, Snapshot};
use crate::row::exceptions::{ExceptionCode, Exceptions};
use iam::condition::Expression;
use iam::context::Context;
use iam::document::Effect;
use iam::matching::Grants;
use iam::policy::CompiledStatement;
use std::sync::LazyLock;

/// Says how a statement names a principal class
struct Named {
    /// The statement grants by itself
    direct: Expression,
    /// The permissions boundary limits the grant within the account
    limited: Expression,
    /// The statement leaves the decision to the identity-based policies
    account: Expression,
    blur: Exceptions,
}

/// Returns the rows that a resource's policy may grant to a principal class. With a focus, the policy covers its resource.
pub(super) fn draft(
    snapshot: &Snapshot,
    class: &PrincipalClass,
    document: &CompiledDocument,
    policy: &ResourcePolicy,
    focus: Option<&Focus>,
    dests: &Dests,
) -> Draft {
    let mut candidates = Candidates::new(dests);
    let of_service = snapshot.actions.of_service(policy.service());
    for one in document.statements() {
        let (Effect::Allow, Ok(index)) = (one.statement.effect, u16::try_from(one.index)) else {
            continue;
        };
        if named(class, one.statement, one.audience).is_none() {
            continue;
        }
        if let Some(focus) = focus {
            let resources = one.statement.resources.as_ref();
            if resources.is_none_or(|named| focus.may_be_among(named)) {
                let dest = candidates.dest(snapshot, focus.text());
                for action in focus
                    .actions(one.actions)
                    .filter(|action| of_service.contains(action))
                {
                    candidates.add(snapshot, action, dest, index, Exceptions::NONE);
                }
            }
            continue;
        }
        for text in destinations(one.statement.resources.as_ref(), &policy.scope, &class.context) {
            let dest = candidates.dest(snapshot, &text);
            for action in of_service.clone().filter(|&action| one.actions.contains(action)) {
                candidates.add(snapshot, action, dest, index, Exceptions::NONE);
            }
        }
    }
    candidates.into_draft(snapshot)
}

/// Returns what is left of a grant by some statements of a resource's policy. It drops the statements that grant
/// nothing.
pub(super) fn effective(
    request: &RequestClass<'_>,
    document: &CompiledDocument,
    policy: &ResourcePolicy,
    granting: &mut Vec<Candidate>,
) -> Option<EffectiveGrant> {
    if request.is_made_by_others() {
        return None;
    }
    let class = request.class;
    let (mut direct, mut limited, mut by_account) = (Sum::NOTHING, Sum::NOTHING, Sum::NOTHING);
    granting.retain(|candidate| {
        let statement = document.statement(candidate.statement);
        let audience = document.audience(candidate.statement);
        let Some((statement, named)) = statement.and_then(|one| Some((one, named(class, one, audience)?)))
        else {
            return false;
        };
        let (holds, blur) = match request.relation(statement) {
            Relation::None => return false,
            Relation::All(holds) => (holds, named.blur),
            Relation::Some => {
                let mut blur = named.blur;
                blur.insert(unclear(statement));
                (statement.condition.resolve(&request.keys), blur)
            }
        };
        let adds = [
            direct.add(named.direct.and(holds.clone()), blur),
            limited.add(named.limited.and(holds.clone()), blur),
            by_account.add(named.account.and(holds), blur),
        ];
        adds.contains(&true)
    });
    if granting.is_empty() {
        return None;
    }
    let crosses = !class.account.is_empty() && class.account != policy.account;
    let mut grant = if crosses {
        EffectiveGrant::new(direct.or(limited).or(by_account))
    } else {
        // Within an account nothing more limits a grant to a user or a session, the boundary limits a grant to a role,
        // and a grant to the account needs the identity-based policies as well.
        let mut ways = Vec::new();
        if !direct.is_nothing() {
            ways.push(EffectiveGrant::new(direct));
        }
        if !limited.is_nothing() {
            let mut way = EffectiveGrant::new(limited);
            limits::limit_to_boundary(request, &mut way);
            ways.push(way);
        }
        if !by_account.is_nothing() {
            let mut way = EffectiveGrant::new(by_account);
            limit_to_identity(request, &mut way);
            ways.push(way);
        }
        EffectiveGrant::any(ways)?
    };
    limits::apply(request, &mut grant);
    if crosses {
        limit_to_identity(request, &mut grant);
    }
    let is_of_many = matches!(class.extent, Extent::Public | Extent::Limited(_));
    (!is_of_many || lets_somebody_in(&grant)).then_some(grant)
}

/// Returns whether a grant to many can let in a service, or one who is no service. A condition about the source of a service and
/// a variable with the name of a user hold for nobody together.
fn lets_somebody_in(grant: &EffectiveGrant) -> bool {
    static KINDS: LazyLock<[Context; 2]> =
        LazyLock::new(|| [Context::of_services(), Context::of_all_but_services()]);
    KINDS
        .iter()
        .any(|kind| grant.allowed.evaluate(kind) != Some(false) && grant.denied.evaluate(kind) != Some(true))
}

/// Keeps what the identity side of the principal allows: its permissions boundary and its identity-based policies.
fn limit_to_identity(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    let class = request.class;
    if class.incomplete {
        return;
    }
    if class.extent == Extent::Account {
        // The rows of the account's principals show which of them have an identity side that allows.
        grant.exceptions.insert(ExceptionCode::LimitedByIdentityPolicy);
        return;
    }
    limits::limit_to_boundary(request, grant);
    let identity = limits::reach(request, class.identity.iter().copied());
    grant.limit(identity, ExceptionCode::LimitedByIdentityPolicy);
}

/// Returns what is left for a principal of what the policy of a resource grants to everybody.
///
/// The rows of everybody are not about single principals; what is denied to one of them is not denied to everybody.
pub(super) fn of_public(
    request: &RequestClass<'_>,
    document: &CompiledDocument,
    policy: &ResourcePolicy,
) -> Option<EffectiveGrant> {
    if request.is_made_by_others() {
        return None;
    }
    let mut sum = Sum::NOTHING;
    let statements = document.statements();
    for one in statements.filter(|one| one.audience.is_some() && one.actions.contains(request.action)) {
        let statement = one.statement;
        let Some(principals) = &statement.principals else {
            continue;
        };
        let named = principals.grants(&request.class.principal).any();
        if let Relation::All(holds) = request.relation(statement) {
            sum.add(named.and(holds), Exceptions::NONE);
        }
    }
    if sum.is_nothing() {
        return None;
    }
    let mut grant = EffectiveGrant::new(sum);
    limits::apply(request, &mut grant);
    if request.class.account != policy.account {
        limit_to_identity(request, &mut grant);
    }
    Some(grant)
}

/// Returns whether a policy of a resource grants something to everybody, or to all whom conditions leave of everybody.
pub(crate) fn grants_to_public(document: &CompiledDocument) -> bool {
    document.statements().any(|one| one.audience.is_some())
}

/// Returns how a statement names the principal class; `None` when another row stands for the class.
fn named(
    class: &PrincipalClass,
    statement: &CompiledStatement,
    audience: Option<&Audience>,
) -> Option<Named> {
    let principals = statement.principals.as_ref()?;
    let stands = match (&class.extent, audience) {
        (Extent::Public, audience) => audience == Some(&Audience::Public),
        (Extent::Limited(own), Some(Audience::Limited(grantees))) => grantees.contains(own),
        (Extent::Limited(_), Some(Audience::Public) | None) => false,
        // Otherwise a row of everybody, or of many, shows the grant.
        (Extent::Principal | Extent::Account, audience) => audience.is_none_or(Audience::means_principals),
    };
    if !stands {
        return None;
    }
    let mut blur = Exceptions::NONE;
    if class.extent.is_anybody() {
        if principals.entries().is_negated() && !principals.entries().entries().is_empty() {
            blur.insert(ExceptionCode::LimitedByNotPrincipal);
        }
        return Some(Named {
            direct: Expression::True,
            limited: Expression::False,
            account: Expression::False,
            blur,
        });
    }
    let Grants {
        direct,
        limited,
        account,
    } = principals.grants(&class.principal);
    let ways = [&direct, &limited, &account];
    ways.iter()
        .any(|way| **way != Expression::False)
        .then_some(Named {
            direct,
            limited,
            account,
            blur,
        })
}

/// Returns the exception code for a statement that is about only some of a row's resources.
fn unclear(statement: &CompiledStatement) -> ExceptionCode {
    match &statement.resources {
        Some(resources) if resources.patterns().is_negated() => ExceptionCode::LimitedByNotResource,
        Some(_) | None => ExceptionCode::LimitedByCondition,
    }
}
