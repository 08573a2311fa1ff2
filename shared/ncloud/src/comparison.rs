//! Compares what two versions of a policy give. A grant is an action on a resource; it is held when one target covers
//! both.

use std::collections::HashMap;

use crate::cover::{NumberedTarget, Space};
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::{Location, PERMISSIONS};
use crate::nrn::Nrn;
use crate::outline::{Outline, TargetOutline};
use crate::policy::{Policy, Target};
use crate::steps::{COMPARISON, MAX_STEPS, OutOfSteps, Steps};

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
    let mut steps = Steps::new(MAX_STEPS);
    let difference = difference(&new, &old, &mut steps);
    let Ok(Difference { added, removed }) = difference else {
        findings.push(PERMISSIONS, FindingKind::AccessNotCompared);
        return;
    };
    for (location, kind) in added {
        findings.push(location, kind);
    }
    if !removed.is_empty() {
        findings.push(PERMISSIONS, FindingKind::AccessRemoved { grants: removed });
    }
}

struct Difference<'a> {
    added: Vec<(Location<'a>, FindingKind<'a>)>,
    /// Each an action and a resource.
    removed: Vec<String>,
}

fn difference<'a>(
    new: &[&TargetOutline<'a>],
    old: &[StoredTarget<'a>],
    steps: &mut Steps,
) -> Result<Difference<'a>, OutOfSteps> {
    let of_new = new
        .iter()
        .map(|target| (target.code, target.actions.as_slice(), target.nrns.as_slice()));
    let of_old = old
        .iter()
        .map(|target| (target.code, target.actions.as_slice(), target.nrns.as_slice()));
    let space = Space::of(of_new.chain(of_old), steps)?;
    let (new_numbers, old_numbers) = space.targets.split_at_checked(new.len()).unwrap_or_default();

    let mut added = Vec::new();
    for (target, numbers) in new.iter().zip(new_numbers) {
        for (action, resources) in uncovered(&space, numbers, old_numbers, steps)? {
            let resources = resources
                .iter()
                .filter_map(|k| target.nrns.get(*k).cloned())
                .collect();
            if let Some(name) = target.actions.get(action) {
                let kind = FindingKind::AccessAdded {
                    action: name,
                    resources,
                };
                added.push((target.location.action(action), kind));
            }
        }
    }
    let mut removed: Vec<String> = Vec::new();
    for (target, numbers) in old.iter().zip(old_numbers) {
        for (action, resources) in uncovered(&space, numbers, new_numbers, steps)? {
            let name = target.actions.get(action).copied().unwrap_or_default();
            let names = resources.iter().filter_map(|k| target.nrns.get(*k));
            removed.extend(names.map(|nrn| format!("{name} on {nrn}")));
        }
    }
    Ok(Difference { added, removed })
}

/// A target of the stored policy, readable again.
struct StoredTarget<'a> {
    code: &'a str,
    actions: Vec<&'a str>,
    nrns: Vec<Nrn<'a>>,
}

impl<'a> StoredTarget<'a> {
    /// Returns a resource that an older release let pass and this one cannot read grants nothing that could be
    /// compared.
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

/// Returns the grants of a target that none of the others holds: positions of actions, each with those of resources.
/// Repeated actions and resources are left out.
fn uncovered(
    space: &Space,
    target: &NumberedTarget,
    others: &[NumberedTarget],
    steps: &mut Steps,
) -> Result<Vec<(usize, Vec<usize>)>, OutOfSteps> {
    // Actions that the same targets hold miss the same resources, and there are far fewer groups of targets
    // than actions.
    let mut known: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
    let mut missing: Vec<(usize, Vec<usize>)> = Vec::new();
    for (action, position) in &target.actions.distinct {
        let mut holders = Vec::new();
        for (i, other) in others.iter().enumerate() {
            if space.actions.is_covered(*action, &other.actions, steps)? {
                holders.push(i);
            }
        }
        let resources = if let Some(resources) = known.get(&holders) {
            resources.clone()
        } else {
            let resources = not_held(space, target, others, &holders, steps)?;
            known.insert(holders, resources.clone());
            resources
        };
        steps.spend(COMPARISON * resources.len())?;
        if !resources.is_empty() {
            missing.push((*position, resources));
        }
    }
    missing.sort_unstable();
    Ok(missing)
}

/// Returns the positions of the target's resources that none of the holders covers.
fn not_held(
    space: &Space,
    target: &NumberedTarget,
    others: &[NumberedTarget],
    holders: &[usize],
    steps: &mut Steps,
) -> Result<Vec<usize>, OutOfSteps> {
    let mut positions = Vec::new();
    for (resource, position) in &target.resources.distinct {
        let mut is_held = false;
        for other in holders.iter().filter_map(|i| others.get(*i)) {
            if space.resources.is_covered(*resource, &other.resources, steps)? {
                is_held = true;
                break;
            }
        }
        if !is_held {
            positions.push(*position);
        }
    }
    positions.sort_unstable();
    Ok(positions)
}
