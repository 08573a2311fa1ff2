//! Applies resource control policies: what they deny on resources of the organization's accounts, whoever the principal
//! is.
//!
//! Source: AWS Organizations user guide, "Resource control policies (RCPs)" and "RCP evaluation". `RCPFullAWSAccess` is
//! attached everywhere and allows everything, so that only the denies count.

use super::destination::Relation;
use super::effective_grant::EffectiveGrant;
use super::request::RequestClass;
use super::resource_side::{DenyMatch, deny_match};
use crate::aws::data::{ResourceControlPolicy, is_controlled};
use crate::row::exceptions::ExceptionCode;
use iam::condition::Expression;
use iam::document::Effect;

/// Applies what the policies of the owner's levels deny.
pub(super) fn deny(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    let code = ExceptionCode::LimitedByResourceControlPolicy;
    for (_, policy) in binding(request) {
        let Some(document) = request.snapshot.documents.get(policy.document) else {
            continue;
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
                        grant.deny(denied, code);
                    }
                }
                (DenyMatch::All(_) | DenyMatch::Some, Relation::All(_) | Relation::Some) => {
                    grant.exceptions.insert(code);
                }
            }
        }
    }
}

/// Returns the policies that limit access to the destination, each with its level.
pub(super) fn binding<'a>(
    request: &RequestClass<'a>,
) -> impl Iterator<Item = (usize, &'a ResourceControlPolicy)> {
    let control = &request.snapshot.resource_control;
    let is_bound = control.documents().next().is_some() && is_bound(request);
    let policies = is_bound.then(|| control.binding(request.owner()));
    policies.flatten().into_iter().flatten()
}

/// Returns whether resource control policies would apply to the destination, and are not known.
pub(super) fn is_missing(request: &RequestClass<'_>) -> bool {
    is_bound(request) && !request.snapshot.resource_control.is_known(request.owner())
}

fn is_bound(request: &RequestClass<'_>) -> bool {
    is_controlled(request.action_name()) && !request.class.principal.is_service_linked_role()
}
