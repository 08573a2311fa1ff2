//! Warnings about a target by itself: what is known of its product's actions, and how much it allows.

use std::collections::HashSet;

use crate::action;
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::nrn::{Nrn, glob};
use crate::outline::{Outline, TargetOutline};
use crate::product::Product;

/// The product whose actions decide over access itself.
pub(crate) const ACCESS_MANAGEMENT: &str = "IAM";

/// Looks at every target without ERROR.
pub(crate) fn advise<'a>(outline: &Outline<'a>, findings: &mut Findings<'a>) {
    // Gathered only when some action has related ones, which most policies do not need.
    let mut granted: Option<HashSet<(&str, &str)>> = None;
    for (_, target) in outline.clean_targets() {
        let Some(product) = target.product else { continue };
        breadth(target, product, findings);
        resources(target, product, findings);
        for (k, name) in target
            .actions
            .iter()
            .enumerate()
            .filter(|(_, name)| !action::is_wildcard(name))
        {
            let Some(row) = product.action(name) else {
                let found = *name;
                findings.push(
                    target.location.action(k),
                    FindingKind::UnknownAction { found, product },
                );
                continue;
            };
            if row.resource_type().is_none() && !target.nrns.iter().any(Nrn::is_pattern) {
                findings.push(
                    target.location.action(k),
                    FindingKind::NotResourceScoped { action: row.name() },
                );
            }
            let missing: Vec<&str> = row
                .related()
                .iter()
                .map(String::as_str)
                .filter(|related| {
                    let granted = granted.get_or_insert_with(|| all_granted(outline));
                    !std::iter::once(related)
                        .chain(action::wider(related))
                        .any(|action| granted.contains(&(target.code, *action)))
                })
                .collect();
            if !missing.is_empty() {
                let action = row.name();
                findings.push(
                    target.location.action(k),
                    FindingKind::MissingRelated { action, missing },
                );
            }
        }
    }
}

/// Every action of every target, with ERRORs or without: once a broken target is mended it may well hold the
/// related action.
fn all_granted<'a>(outline: &Outline<'a>) -> HashSet<(&'a str, &'a str)> {
    let targets = outline
        .permissions
        .iter()
        .flat_map(|permission| &permission.targets);
    targets
        .flat_map(|target| target.actions.iter().map(|action| (target.code, *action)))
        .collect()
}

fn breadth<'a>(target: &TargetOutline<'a>, product: &'a Product, findings: &mut Findings<'a>) {
    if target.actions.contains(&"*") && target.nrns.iter().any(Nrn::is_everything) {
        findings.push(target.location, FindingKind::OverlyPermissive { product });
    }
    if product.code() == ACCESS_MANAGEMENT
        && let Some(action) = target
            .actions
            .iter()
            .find(|action| action::changes_policies(action))
    {
        findings.push(target.location, FindingKind::PrivilegeEscalation { action });
    }
}

/// Types on which no action of the target works; what a wildcard or an unlisted action works on is not known.
fn resources<'a>(target: &TargetOutline<'a>, product: &'a Product, findings: &mut Findings<'a>) {
    // No row, no type to compare: the common case ends here, before anything is collected.
    let Some(rows) = target
        .actions
        .iter()
        .map(|name| product.action(name))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let types: HashSet<String> = rows
        .iter()
        .filter_map(|row| row.resource_type())
        .map(str::to_ascii_lowercase)
        .collect();
    for (k, nrn) in target.nrns.iter().enumerate() {
        let Some(kind) = nrn.resource_type() else { continue };
        // The service prints types in either case.
        let lower = kind.to_ascii_lowercase();
        let works = types.contains(&lower) || (lower.contains('*') && types.iter().any(|t| glob(&lower, t)));
        if !works {
            findings.push(
                target.location.resource(k),
                FindingKind::TypeMismatch {
                    kind: kind.to_owned(),
                },
            );
        }
    }
}
