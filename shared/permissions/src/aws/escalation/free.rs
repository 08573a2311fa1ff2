//! Finds where no layer limits a grant, so that the grant need not be decided resource by resource.

use crate::aws::data::{Boundary, DocumentId, PrincipalClass, ServiceControl, Snapshot};
use iam::document::Effect;
use iam::policy::CompiledStatement;

/// Returns whether no layer limits what the identity-based policies of a class grant of an action, on resources that
/// have no policies.
pub(super) fn is_free(snapshot: &Snapshot, class: &PrincipalClass, action: u32) -> bool {
    let documents = |ids: &[DocumentId]| {
        let ids = ids.to_vec();
        ids.into_iter().filter_map(|id| snapshot.documents.get(id))
    };
    let lets_pass = |ids: &[DocumentId]| {
        documents(ids).all(|one| one.about(Effect::Deny, action).next().is_none() && !one.has_invalid_deny())
            && documents(ids).any(|one| {
                one.about(Effect::Allow, action)
                    .any(CompiledStatement::is_about_everything)
            })
    };
    let by_boundary = match class.boundary {
        Boundary::None => true,
        Boundary::Document(document) => lets_pass(&[document]),
        Boundary::NotKnown => false,
    };
    let by_organization = match &class.service_control {
        ServiceControl::NotSupplied | ServiceControl::Exempt => true,
        ServiceControl::Levels(levels) => levels.iter().all(|level| {
            let policies = level
                .iter()
                .filter_map(|&id| snapshot.service_control_policies.get(id));
            let ids: Vec<DocumentId> = policies.map(|policy| policy.document).collect();
            lets_pass(&ids)
        }),
    };
    let by_denies = documents(&class.denies)
        .all(|one| one.about(Effect::Deny, action).next().is_none() && !one.has_invalid_deny());
    !class.incomplete && by_boundary && by_organization && by_denies
}
