//! Warnings about a target by itself: what is known of its product's actions, and how much it allows.

use std::collections::HashSet;

use crate::action;
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::nrn::{Nrn, glob};
use crate::outline::{Outline, TargetOutline};
use crate::product::{ActionEntry, Catalogue, Product};

/// The product whose actions decide over access itself.
pub(crate) const ACCESS_MANAGEMENT: &str = "IAM";

/// Looks at every target without ERROR.
pub(crate) fn advise<'a>(outline: &Outline<'a>, catalogue: &'a Catalogue, findings: &mut Findings<'a>) {
    // These are collected only when some action has related actions, which most policies do not need.
    let mut granted: Option<HashSet<(&str, &str)>> = None;
    for (_, target) in outline.clean_targets() {
        breadth(target, findings);
        names(target, catalogue, findings);
        let Some(product) = target.product else { continue };
        resource_types(target, product, findings);
        for (k, name) in target
            .actions
            .iter()
            .enumerate()
            .filter(|(_, name)| !action::is_wildcard(name))
        {
            let Some(row) = product.action(name) else {
                if !product.knows(name) {
                    let (found, product) = (*name, target.code);
                    let location = target.location.action(k);
                    findings.push(location, FindingKind::UnknownAction { found, product });
                }
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

/// Returns every action of every target, with ERRORs or without: once a broken target is mended it may well hold the
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

fn breadth<'a>(target: &TargetOutline<'a>, findings: &mut Findings<'a>) {
    let names = |action: &str| target.actions.contains(&action);
    if names("*") || (names("View*") && names("Change*")) {
        let everything = || target.nrns.iter().filter(|nrn| nrn.is_effectively_everything());
        let widest = everything().find(|nrn| nrn.is_everything());
        if let Some(nrn) = widest.or_else(|| everything().next()) {
            let kind = FindingKind::OverlyPermissive {
                product: target.code,
                domain: nrn.domain(),
                region: nrn.region(),
            };
            findings.push(target.location, kind);
        }
    }
    if target.code == ACCESS_MANAGEMENT
        && let Some(action) = target
            .actions
            .iter()
            .find(|action| action::changes_policies(action))
    {
        findings.push(target.location, FindingKind::PrivilegeEscalation { action });
    }
}

/// Reports domains and regions that no name of the service has.
fn names<'a>(target: &TargetOutline<'a>, catalogue: &'a Catalogue, findings: &mut Findings<'a>) {
    let is_unknown = |code: &str, known: &[String]| {
        !known.is_empty() && !["", "*"].contains(&code) && !known.iter().any(|known| known == code)
    };
    // Most names of a target agree in both.
    let mut known = ("*", "*");
    for (k, nrn) in target.nrns.iter().enumerate() {
        if known == (nrn.domain(), nrn.region()) {
            continue;
        }
        let location = target.location.resource(k);
        let (domain, region) = (nrn.domain(), nrn.region());
        let unknown_domain = is_unknown(domain, catalogue.domains());
        if unknown_domain {
            findings.push(location, FindingKind::UnknownDomain { found: domain });
        }
        let unknown_region = is_unknown(region, catalogue.regions());
        if unknown_region {
            findings.push(location, FindingKind::UnknownRegion { found: region });
        }
        if !unknown_domain && !unknown_region {
            known = (domain, region);
        }
    }
}

/// Reports types that the product does not have, and types on which no action of the target works. It is not known on
/// what a wildcard or an unlisted action works.
fn resource_types<'a>(target: &TargetOutline<'a>, product: &'a Product, findings: &mut Findings<'a>) {
    let entries: Option<Vec<&ActionEntry>> = target.actions.iter().map(|name| product.action(name)).collect();
    // An action without a resource type is reported by another finding.
    let worked_on = types(entries.into_iter().flatten());
    // Only a complete table has all types.
    let existing = types(product.actions().iter().filter(|_| product.is_complete()));
    if worked_on.is_empty() && existing.is_empty() {
        return;
    }
    for (k, nrn) in target.nrns.iter().enumerate() {
        let Some(kind) = nrn.resource_type() else { continue };
        // The service writes types in upper and in lower case.
        let lower = kind.to_ascii_lowercase();
        let is_among = |types: &HashSet<String>| {
            types.is_empty()
                || types.contains(&lower)
                || (lower.contains('*') && types.iter().any(|t| glob(&lower, t)))
        };
        let kind = if !is_among(&existing) {
            FindingKind::UnknownResourceType {
                found: kind.to_owned(),
                product,
            }
        } else if !is_among(&worked_on) {
            FindingKind::TypeMismatch {
                kind: kind.to_owned(),
            }
        } else {
            continue;
        };
        findings.push(target.location.resource(k), kind);
    }
}

/// Returns the resource types of actions, in lower case.
fn types<'e>(entries: impl Iterator<Item = &'e ActionEntry>) -> HashSet<String> {
    let types = entries.filter_map(ActionEntry::resource_type);
    types.map(str::to_ascii_lowercase).collect()
}
