//! Finds parts of a policy that other parts cover. To remove them changes no decision, one by one or all together.
//!
//! Of parts that cover each other only the later one is redundant. That makes "is redundant because of" a path
//! that always goes to something wider or earlier, so that it ends at a part that stays. What no single target covers may
//! still be covered by several of those that stay; they are tried one after the other, the last one first.

mod coverer;
mod postings;
mod union;

use std::collections::{BTreeSet, HashMap};

use self::coverer::coverers;
use self::union::Union;
use crate::cover::{Set, Space, Wider};
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::PERMISSIONS;
use crate::outline::{Outline, TargetOutline};
use crate::steps::{MAX_STEPS, OutOfSteps, Steps};

/// Says for each clean target, in order, whether it or its permission is redundant.
#[derive(Debug)]
pub(crate) struct Redundant {
    pub(crate) space: Space,
    pub(crate) targets: Vec<bool>,
}

/// Reports what is redundant among the targets without ERROR. A permission silences its targets, a target its
/// actions and resources. `None` when the policy is too large for the search, which is reported instead.
pub(crate) fn find<'a>(outline: &Outline<'a>, findings: &mut Findings<'a>) -> Option<Redundant> {
    let mut steps = Steps::new(MAX_STEPS);
    let found = search(outline, findings, &mut steps);
    if found.is_err() {
        findings.push(PERMISSIONS, FindingKind::RedundancyNotChecked);
    }
    found.ok()
}

fn search<'a>(
    outline: &Outline<'a>,
    findings: &mut Findings<'a>,
    steps: &mut Steps,
) -> Result<Redundant, OutOfSteps> {
    let targets: Vec<(usize, &TargetOutline<'a>)> = outline.clean_targets().collect();
    let numbered = targets
        .iter()
        .map(|(_, target)| (target.code, target.actions.as_slice(), target.nrns.as_slice()));
    let space = Space::of(numbered, steps)?;
    let owners: Vec<usize> = targets.iter().map(|(permission, _)| *permission).collect();
    let is_clean = |owner: usize| outline.permissions.get(owner).is_some_and(|p| p.clean);
    let cover = cover(&space, &owners, is_clean, steps)?;

    let location = |target: usize| targets.get(target).map_or(PERMISSIONS, |(_, t)| t.location);
    let locations = |by: &[usize]| by.iter().map(|target| location(*target)).collect();
    let mut reported = None;
    for (i, numbered) in space.targets.iter().enumerate() {
        let (owner, target) = (owners.get(i).copied(), location(i));
        if let Some(by) = owner.and_then(|owner| cover.permissions.get(&owner)) {
            if reported != owner {
                let by = locations(by);
                findings.push(
                    target.parent_permission(),
                    FindingKind::RedundantPermission { by },
                );
                reported = owner;
            }
        } else if let Some(Some(by)) = cover.targets.get(i) {
            let by = locations(by);
            findings.push(target, FindingKind::RedundantTarget { by });
        } else {
            for (position, by) in within(&numbered.actions, &space.actions) {
                let by = target.action(by);
                findings.push(target.action(position), FindingKind::RedundantAction { by });
            }
            for (position, by) in within(&numbered.resources, &space.resources) {
                let by = target.resource(by);
                findings.push(target.resource(position), FindingKind::RedundantResource { by });
            }
        }
    }
    let targets = owners.iter().zip(&cover.targets);
    let targets = targets.map(|(owner, by)| by.is_some() || cover.permissions.contains_key(owner));
    let targets = targets.collect();
    Ok(Redundant { space, targets })
}

/// Holds what covers the redundant parts: for some permissions and for each target the targets that do it together.
struct Cover {
    permissions: HashMap<usize, Vec<usize>>,
    targets: Vec<Option<Vec<usize>>>,
}

fn cover(
    space: &Space,
    owners: &[usize],
    is_clean: impl Fn(usize) -> bool,
    steps: &mut Steps,
) -> Result<Cover, OutOfSteps> {
    let coverers = coverers(space, owners, steps)?;
    let mut cover = Cover {
        permissions: HashMap::new(),
        targets: coverers
            .iter()
            .map(|coverer| coverer.any.map(|by| vec![by]))
            .collect(),
    };
    let permissions = runs(owners);
    for (owner, members) in permissions.iter().filter(|(owner, _)| is_clean(*owner)) {
        let elsewhere = coverers.get(members.clone()).unwrap_or_default().iter();
        let by: Option<BTreeSet<usize>> = elsewhere.map(|coverer| coverer.elsewhere).collect();
        if let Some(by) = by {
            cover.permissions.insert(*owner, by.into_iter().collect());
        }
    }

    let stays =
        |(owner, by): (&usize, &Option<Vec<usize>>)| by.is_none() && !cover.permissions.contains_key(owner);
    let stays: Vec<bool> = owners.iter().zip(&cover.targets).map(stays).collect();
    let mut union = Union::new(space, stays);
    for (owner, members) in permissions.iter().rev() {
        if cover.permissions.contains_key(owner) {
            continue;
        }
        if is_clean(*owner)
            && let Some(by) = union.covering_all(members.clone(), steps)?
        {
            members.clone().for_each(|target| union.remove(target));
            cover.permissions.insert(*owner, by.into_iter().collect());
            continue;
        }
        for target in members.clone().rev() {
            let own = target..target + 1;
            if union.stays(target)
                && let Some(by) = union.covering(target, &own, steps)?
            {
                union.remove(target);
                if let Some(slot) = cover.targets.get_mut(target) {
                    *slot = Some(by.into_iter().collect());
                }
            }
        }
    }
    Ok(cover)
}

/// Returns the permissions that have clean targets, each with the range of those.
fn runs(owners: &[usize]) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut runs: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
    for (target, owner) in owners.iter().enumerate() {
        match runs.last_mut() {
            Some((last, members)) if last == owner => members.end = target + 1,
            _ => runs.push((*owner, target..target + 1)),
        }
    }
    runs
}

/// Returns the positions in a list that an earlier equal or any wider element covers, each with the first such
/// position.
fn within<'s>(set: &'s Set, wider: &'s Wider) -> impl Iterator<Item = (usize, usize)> + 's {
    // Nothing is listed twice and nothing covers another: there is nothing to look for.
    let has_none = set.widest.len() == set.listed.len();
    let listed = if has_none { &[] } else { set.listed.as_slice() };
    listed.iter().enumerate().filter_map(|(position, id)| {
        let equal = set.position(*id).filter(|first| *first < position);
        let covering = wider.than(*id).iter().filter_map(|wider| set.position(*wider));
        covering.chain(equal).min().map(|by| (position, by))
    })
}
