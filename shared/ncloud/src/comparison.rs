//! What replacing the stored policy adds to access and takes from it. A grant is an action on a resource; it is
//! held when one target covers both.

use std::collections::HashMap;

use crate::cover::{Grant, Space};
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::PERMISSIONS;
use crate::nrn::Nrn;
use crate::outline::Outline;
use crate::policy::{Policy, Target};

/// Reports the difference between a body without ERROR and the policy it is about to replace.
pub(crate) fn compare<'a>(outline: &Outline<'a>, stored: &'a Policy, findings: &mut Findings<'a>) {
    if outline.to_policy() == *stored {
        findings.push(PERMISSIONS, FindingKind::NoChange);
        return;
    }
    let new: Vec<_> = outline.clean_targets().map(|(_, target)| target).collect();
    let old: Vec<StoredTarget<'a>> = stored
        .permissions()
        .iter()
        .flat_map(|permission| &permission.targets)
        .map(StoredTarget::read)
        .collect();
    let space = Space::of(
        new.iter()
            .map(|target| (target.code, target.actions.as_slice(), target.nrns.as_slice()))
            .chain(
                old.iter()
                    .map(|target| (target.code, target.actions.as_slice(), target.nrns.as_slice())),
            ),
    );
    let (new_grants, old_grants) = space.grants.split_at_checked(new.len()).unwrap_or_default();

    for (target, grant) in new.iter().zip(new_grants) {
        for (action, resources) in uncovered(&space, grant, old_grants) {
            let resources = resources
                .iter()
                .filter_map(|k| target.nrns.get(*k).cloned())
                .collect();
            if let Some(name) = target.actions.get(action) {
                let added = FindingKind::AccessAdded {
                    action: name,
                    resources,
                };
                findings.push(target.location.action(action), added);
            }
        }
    }
    let mut grants: Vec<String> = Vec::new();
    for (target, grant) in old.iter().zip(old_grants) {
        for (action, resources) in uncovered(&space, grant, new_grants) {
            let name = target.actions.get(action).copied().unwrap_or_default();
            let names = resources.iter().filter_map(|k| target.nrns.get(*k));
            grants.extend(names.map(|nrn| format!("{name} on {nrn}")));
        }
    }
    if !grants.is_empty() {
        findings.push(PERMISSIONS, FindingKind::AccessRemoved { grants });
    }
}

/// A target of the stored policy, readable again.
struct StoredTarget<'a> {
    code: &'a str,
    actions: Vec<&'a str>,
    nrns: Vec<Nrn<'a>>,
}

impl<'a> StoredTarget<'a> {
    /// A resource that an older release let pass and this one cannot read grants nothing that could be compared.
    fn read(target: &'a Target) -> Self {
        let product = target.product.as_str();
        Self {
            code: product,
            actions: target.actions.iter().map(String::as_str).collect(),
            nrns: target
                .resource_nrns
                .iter()
                .filter_map(|text| Nrn::parse(text, product).ok())
                .collect(),
        }
    }
}

/// The grants of a target that none of the others holds: positions of actions, each with those of resources.
/// Repeated actions and resources are left out.
fn uncovered(space: &Space, grant: &Grant, others: &[Grant]) -> Vec<(usize, Vec<usize>)> {
    // Actions that the same targets hold miss the same resources, and there are far fewer groups of targets
    // than actions.
    let mut known: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
    let mut missing: Vec<(usize, Vec<usize>)> = grant
        .actions
        .distinct
        .iter()
        .map(|(action, position)| {
            let holders: Vec<usize> = (0..others.len())
                .filter(|i| {
                    others
                        .get(*i)
                        .is_some_and(|o| space.actions.is_covered(*action, &o.actions))
                })
                .collect();
            let resources = known.entry(holders).or_insert_with_key(|holders| {
                let held = |resource: usize| {
                    holders
                        .iter()
                        .filter_map(|i| others.get(*i))
                        .any(|o| space.resources.is_covered(resource, &o.resources))
                };
                let missing = grant
                    .resources
                    .distinct
                    .iter()
                    .filter(|(resource, _)| !held(*resource));
                let mut positions: Vec<usize> = missing.map(|(_, position)| *position).collect();
                positions.sort_unstable();
                positions
            });
            (*position, resources.clone())
        })
        .filter(|(_, resources)| !resources.is_empty())
        .collect();
    missing.sort_unstable();
    missing
}
