//! Compares what the policies in force allow with what was used: what can be removed, and how the proposed policy
//! differs.

mod body;
#[cfg(test)]
mod tests;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use iam::arn::{ArnPattern, ShortArn};
use iam::document::PolicyKind;
use iam::glob::Containment;

use crate::evidence::{LISTED_RESOURCES, NEED_NO_PERMISSION, proposed_resources};
use crate::generation::Generation;

pub use body::{Change, Comparison, Difference, PolicyUse, UnknownReason, UnknownUse};

/// A policy in force, and the entity that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyInForce<'a> {
    /// Name of the policy.
    pub name: &'a str,
    /// The id as the permission search shows it; the ARN of a managed policy.
    pub id: &'a str,
    /// The kind as the permission search shows it.
    pub kind: &'a str,
    /// ARN of the user, group or role that holds it.
    pub held_by: &'a str,
}

/// An action that a policy in force allows on a resource, after all layers.
#[derive(Debug, Clone, Copy)]
pub struct EffectiveGrant<'a> {
    /// The action in the catalogue's spelling.
    pub action: &'a str,
    /// The ARN pattern of the resource.
    pub resource: &'a str,
    /// Says whether the grant holds only in part, or only under a condition.
    pub is_limited: bool,
    /// The policy that allows it.
    pub policy: PolicyInForce<'a>,
}

/// Holds what the policies in force allow of one action.
#[derive(Debug, Default)]
struct InForce<'a> {
    resources: BTreeSet<&'a str>,
    policies: BTreeSet<PolicyInForce<'a>>,
    is_limited: bool,
}

/// Compares what is in force with what was used and with what is proposed.
#[must_use]
pub fn compare<'a>(
    generation: &Generation<'_>,
    grants: impl Iterator<Item = EffectiveGrant<'a>>,
) -> Comparison {
    let mut in_force: BTreeMap<&str, InForce<'_>> = BTreeMap::new();
    for grant in grants {
        let of_action = in_force.entry(grant.action).or_default();
        of_action.resources.insert(grant.resource);
        of_action.policies.insert(grant.policy);
        of_action.is_limited |= grant.is_limited;
    }
    let proposed = proposed_resources(generation);
    let used: BTreeSet<&str> = generation
        .usage
        .actions
        .keys()
        .map(String::as_str)
        .chain(proposed.keys().copied())
        .collect();
    let unused = in_force.keys().copied().filter(|action| !used.contains(action));
    let (unused_actions, unknown_uses) = unknown::divide(generation, unused);
    Comparison {
        effective_actions: in_force.len(),
        used_actions: in_force.keys().filter(|action| used.contains(**action)).count(),
        policies: policies(&in_force, &used, &unused_actions),
        differences: used
            .iter()
            .filter(|action| in_force.contains_key(**action) || !NEED_NO_PERMISSION.contains(*action))
            .map(|action| difference(action, in_force.get(action), proposed.get(action)))
            .collect(),
        unused_actions: unused_actions.into_iter().map(str::to_owned).collect(),
        unknown_uses,
    }
}

/// Returns how much of each policy was used.
fn policies(
    in_force: &BTreeMap<&str, InForce<'_>>,
    used: &BTreeSet<&str>,
    unused: &BTreeSet<&str>,
) -> Vec<PolicyUse> {
    let mut by_policy: BTreeMap<PolicyInForce<'_>, PolicyUse> = BTreeMap::new();
    for (action, of_action) in in_force {
        for policy in &of_action.policies {
            let of_policy = by_policy.entry(*policy).or_insert_with(|| PolicyUse {
                name: policy.name.to_owned(),
                id: policy.id.to_owned(),
                kind: policy.kind.to_owned(),
                held_by: policy.held_by.to_owned(),
                effective_actions: 0,
                used_actions: 0,
                unused_actions: 0,
            });
            of_policy.effective_actions += 1;
            of_policy.used_actions += usize::from(used.contains(action));
            of_policy.unused_actions += usize::from(unused.contains(action));
        }
    }
    by_policy.into_values().collect()
}

/// Returns the difference of an action that was used.
fn difference(
    action: &str,
    in_force: Option<&InForce<'_>>,
    proposed: Option<&BTreeSet<String>>,
) -> Difference {
    let now: Vec<&str> = in_force.map_or_else(Vec::new, |one| one.resources.iter().copied().collect());
    let then: Vec<&str> = proposed.map_or_else(Vec::new, |one| one.iter().map(String::as_str).collect());
    let listed = |resources: &[&str]| {
        resources
            .iter()
            .take(LISTED_RESOURCES)
            .map(|&resource| resource.to_owned())
            .collect()
    };
    Difference {
        action: action.to_owned(),
        change: change(&now, &then),
        is_limited: in_force.is_some_and(|one| one.is_limited),
        in_force: listed(&now),
        proposed: listed(&then),
        more_resources: now.len() > LISTED_RESOURCES || then.len() > LISTED_RESOURCES,
    }
}

/// Returns what the proposed policy changes, from the resources of an action in force and those proposed.
fn change(now: &[&str], then: &[&str]) -> Change {
    if then.is_empty() {
        return Change::Removed;
    }
    if now.is_empty() {
        return Change::Added;
    }
    let parsed = |texts: &[&str]| -> Vec<ArnPattern> {
        let parse = |text: &&str| ArnPattern::parse(text, short_arn());
        texts.iter().map(parse).collect()
    };
    let (now, then) = (parsed(now), parsed(then));
    match (covers(&now, &then), covers(&then, &now)) {
        (true, true) => Change::None,
        (true, false) => Change::Narrowed,
        (false, true) => Change::Widened,
        (false, false) => Change::Moved,
    }
}

fn short_arn() -> ShortArn {
    PolicyKind::Identity.short_arn()
}

/// Returns whether each of the inner patterns lies in one of the outer ones.
fn covers(outer: &[ArnPattern], inner: &[ArnPattern]) -> bool {
    let contains = |inner: &ArnPattern| {
        let mut outer = outer.iter();
        outer.any(|outer| outer.as_str() == inner.as_str() || outer.contains(inner) == Containment::Contained)
    };
    inner.iter().all(contains)
}
