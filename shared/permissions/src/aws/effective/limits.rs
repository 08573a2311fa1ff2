//! Applies the layers that limit a principal: denies, the permissions boundary, service control policies.

use super::destination::Relation;
use super::effective_grant::{EffectiveGrant, Reach};
use super::request::RequestClass;
use super::{resource_control, resource_side};
use crate::aws::data::{Boundary, DocumentId, ServiceControl};
use crate::row::exceptions::ExceptionCode;
use iam::document::Effect;

/// Applies everything that removes something or must allow, whatever the grant is: the denies of all layers, and the
/// organization.
pub(super) fn apply(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    let class = request.class;
    for &document in &class.denies {
        deny(request, document, ExceptionCode::LimitedByDenyStatement, grant);
    }
    if let Boundary::Document(document) = class.boundary {
        deny(
            request,
            document,
            ExceptionCode::LimitedByPermissionsBoundary,
            grant,
        );
    }
    let service_control = ExceptionCode::LimitedByServiceControlPolicy;
    match &class.service_control {
        ServiceControl::Exempt => {}
        ServiceControl::NotSupplied => {
            grant
                .exceptions
                .insert(ExceptionCode::AwsRootAccountIsNotOnboarded);
        }
        ServiceControl::Levels(levels) => {
            for level in levels {
                let policies = level
                    .iter()
                    .filter_map(|&id| request.snapshot.service_control_policies.get(id));
                for policy in policies.clone() {
                    deny(request, policy.document, service_control, grant);
                }
                let reach = reach(request, policies.map(|policy| policy.document));
                grant.limit(reach, service_control);
            }
        }
    }
    resource_side::deny(request, grant);
    resource_control::deny(request, grant);
    if class.incomplete {
        grant.exceptions.insert(ExceptionCode::PolicyNotAvailable);
    }
}

/// Returns whether there is a permissions boundary of which no Allow statement names the action.
pub(super) fn is_outside_boundary(request: &RequestClass<'_>) -> bool {
    let boundary = request.class.boundary.document();
    let boundary = boundary.and_then(|id| request.snapshot.documents.get(id));
    boundary.is_some_and(|document| document.about(Effect::Allow, request.action).next().is_none())
}

/// Keeps what the permissions boundary allows, when there is one.
pub(super) fn limit_to_boundary(request: &RequestClass<'_>, grant: &mut EffectiveGrant) {
    match request.class.boundary {
        Boundary::None => {}
        Boundary::NotKnown => grant.exceptions.insert(ExceptionCode::PolicyNotAvailable),
        Boundary::Document(document) => {
            let reach = reach(request, [document]);
            grant.limit(reach, ExceptionCode::LimitedByPermissionsBoundary);
        }
    }
}

fn deny(request: &RequestClass<'_>, document: DocumentId, code: ExceptionCode, grant: &mut EffectiveGrant) {
    let Some(document) = request.snapshot.documents.get(document) else {
        return;
    };
    if document.has_invalid_deny() {
        grant.exceptions.insert(ExceptionCode::PolicyNotAvailable);
    }
    for statement in document.about(Effect::Deny, request.action) {
        match request.relation(statement) {
            Relation::None => {}
            Relation::Some => grant.exceptions.insert(code),
            Relation::All(denies) => grant.deny(denies, code),
        }
    }
}

/// Returns how far the Allow statements of documents reach together.
pub(super) fn reach(request: &RequestClass<'_>, documents: impl IntoIterator<Item = DocumentId>) -> Reach {
    let mut reach = Reach::NOTHING;
    let documents = documents.into_iter();
    for document in documents.filter_map(|id| request.snapshot.documents.get(id)) {
        for statement in document.about(Effect::Allow, request.action) {
            reach.add(request.relation(statement));
        }
    }
    reach
}
