//! Works out what an identity-based policy grants to a principal class.

use super::dest::Dests;
use super::destination::Relation;
use super::draft::{Candidate, Candidates, Draft};
use super::effective_grant::{EffectiveGrant, Sum};
use super::focus::Focus;
use super::layout::Layout;
use super::request::RequestClass;
use super::{limits, resource_side};
use crate::aws::data::{CompiledDocument, Expanded, PrincipalClass, Snapshot, expand};
use crate::row::exceptions::{ExceptionCode, Exceptions};
use iam::condition::Expression;
use iam::context::Context;
use iam::document::{Effect, Element};
use iam::matching::{ResourcePattern, ResourceSet};

/// Returns the rows that an identity-based policy may grant.
pub(super) fn draft(
    snapshot: &Snapshot,
    class: &PrincipalClass,
    document: &CompiledDocument,
    focus: Option<&Focus>,
    dests: &Dests,
) -> Draft {
    let mut candidates = Candidates::new(dests);
    for one in document.statements() {
        let (Effect::Allow, Ok(index)) = (one.statement.effect, u16::try_from(one.index)) else {
            continue;
        };
        let Some(resources) = &one.statement.resources else {
            continue;
        };
        if let Some(focus) = focus {
            if focus.may_be_among(resources) {
                let dest = candidates.dest(snapshot, focus.text());
                for action in focus.actions(one.actions) {
                    candidates.add(snapshot, action, dest, index, Exceptions::NONE);
                }
            }
            continue;
        }
        for (text, blur) in named(resources, &class.context) {
            let dest = candidates.dest(snapshot, &text);
            candidates.add_all(snapshot, one.actions, dest, index, blur);
        }
    }
    candidates.into_draft(snapshot)
}

/// Returns what the policy variables of a document's Allow statements come to for a principal class. Documents without
/// variables have the same draft for everybody.
pub(super) fn filled_in(document: &CompiledDocument, context: &Context) -> Vec<Expanded> {
    let allowing = document.statements().map(|one| one.statement);
    let allowing = allowing.filter(|one| one.effect == Effect::Allow);
    let resources = allowing.filter_map(|one| one.resources.as_ref());
    let entries = resources.flat_map(|resources| resources.patterns().entries());
    entries
        .filter(|entry| matches!(entry, ResourcePattern::Variable(_)))
        .map(|entry| expand(entry.as_str(), context))
        .collect()
}

/// Returns whether a document grants one action on anything at all. The answer says whether this is certain. What is found out
/// about destinations is kept in `known`.
pub(super) fn anywhere(
    snapshot: &Snapshot,
    class: &PrincipalClass,
    document: &CompiledDocument,
    action: u32,
    known: &Dests,
) -> Option<bool> {
    let mut candidates = Candidates::new(known);
    for one in document.statements() {
        let is_allow = one.statement.effect == Effect::Allow && one.actions.contains(action);
        let (true, Ok(index), Some(resources)) =
            (is_allow, u16::try_from(one.index), &one.statement.resources)
        else {
            continue;
        };
        for (text, blur) in named(resources, &class.context) {
            let dest = candidates.dest(snapshot, &text);
            candidates.add(snapshot, action, dest, index, blur);
        }
    }
    let draft = candidates.into_draft(snapshot);
    let layout = Layout::new(snapshot, &draft, None);
    let decided = layout.decided(snapshot, &draft, class, |request, granting| {
        effective(request, document, granting)
    });
    // A grant is more than none, and a certain grant is more than an uncertain one.
    decided
        .flatten()
        .map(|(grant, _)| grant.certainty())
        .max()
        .flatten()
}

/// Returns what is left of a grant by some statements of an identity-based policy. It drops the statements that grant
/// nothing.
pub(super) fn effective(
    request: &RequestClass<'_>,
    document: &CompiledDocument,
    granting: &mut Vec<Candidate>,
) -> Option<EffectiveGrant> {
    if request.is_made_by_others() {
        return None;
    }
    let mut sum = Sum::NOTHING;
    let is_single = request.destination.single().is_some();
    granting.retain(|candidate| {
        let statement = document.statement(candidate.statement);
        let grants = statement.map_or(Expression::False, |one| {
            // For one resource it is known exactly whether the statement names it.
            let exactly = is_single.then(|| request.relation(one));
            match exactly {
                Some(Relation::All(holds)) => holds,
                Some(Relation::None) => Expression::False,
                Some(Relation::Some) | None => one.condition.resolve(&request.keys),
            }
        });
        sum.add(grants, candidate.blur)
    });
    if granting.is_empty() {
        return None;
    }
    if request.needs_no_permission() {
        return Some(EffectiveGrant::certain());
    }
    // What the boundary does not name is not left, whatever the other layers say.
    if limits::is_outside_boundary(request) {
        return None;
    }
    let mut grant = EffectiveGrant::new(sum);
    limits::apply(request, &mut grant);
    limits::limit_to_boundary(request, &mut grant);
    resource_side::limit(request, &mut grant);
    Some(grant)
}

/// Returns the destinations of an Allow statement, and what blurs each.
pub(super) fn named(resources: &ResourceSet, context: &Context) -> Vec<(Box<str>, Exceptions)> {
    let mut blurred = Exceptions::NONE;
    let entries = match resources.patterns() {
        Element::Not(entries) if entries.iter().any(|entry| excludes_all(entry, context)) => {
            return Vec::new();
        }
        Element::Not(entries) => {
            if !entries.is_empty() {
                blurred.insert(ExceptionCode::LimitedByNotResource);
            }
            return vec![("*".into(), blurred)];
        }
        Element::Of(entries) => entries,
    };
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            ResourcePattern::Fixed(pattern) => found.push((pattern.as_str().into(), Exceptions::NONE)),
            ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                Expanded::Exact(text) => found.push((text, Exceptions::NONE)),
                Expanded::Wider(text) => {
                    blurred.insert(ExceptionCode::LimitedByCondition);
                    found.push((text, blurred));
                }
                Expanded::Nothing => {}
            },
        }
    }
    found
}

/// Returns whether an entry of `NotResource` leaves nothing: it is `*`, or a variable in it has no value, so that the
/// statement does not apply.
fn excludes_all(entry: &ResourcePattern, context: &Context) -> bool {
    match entry {
        ResourcePattern::Fixed(pattern) => pattern.is_universal(),
        ResourcePattern::Variable(_) => matches!(expand(entry.as_str(), context), Expanded::Nothing),
    }
}
