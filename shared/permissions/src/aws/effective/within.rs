//! Finds what a statement names within the resources that the policy of a resource can cover.

use crate::aws::data::{Expanded, expand};
use iam::arn::{ArnPattern, ShortArn};
use iam::context::Context;
use iam::document::Element;
use iam::glob::{Containment, Glob};
use iam::matching::{ResourcePattern, ResourceSet};

/// The highest number of letters in the last field of a pattern that is cut to a scope; no ARN has more.
const MOST_LETTERS: usize = 2_048;

/// The highest number of rests of a pattern that are compared with each other, to keep the widest: one for each star of
/// the pattern.
const MOST_RESTS: usize = 32;

/// Returns what the resources of an Allow statement name within a scope, each as a pattern of its own.
pub(super) fn destinations(
    resources: Option<&ResourceSet>,
    scope: &[ArnPattern],
    context: &Context,
) -> Vec<Box<str>> {
    let whole = || scope.iter().map(|one| one.as_str().into()).collect();
    let Some(resources) = resources else {
        return whole();
    };
    let entries = match resources.patterns() {
        Element::Not(_) => return whole(),
        Element::Of(entries) => entries,
    };
    let mut found: Vec<Box<str>> = Vec::new();
    for entry in entries {
        let pattern = match entry {
            ResourcePattern::Fixed(pattern) => pattern.clone(),
            ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                Expanded::Exact(text) | Expanded::Wider(text) => ArnPattern::parse(&text, ShortArn::Padded),
                Expanded::Nothing => continue,
            },
        };
        found.extend(scope.iter().flat_map(|one| cut(&pattern, one)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns what a pattern and a part of a scope have in common, as patterns.
fn cut(pattern: &ArnPattern, scope: &ArnPattern) -> Vec<Box<str>> {
    if !pattern.overlaps(scope) {
        return Vec::new();
    }
    if pattern.contains(scope) == Containment::Contained {
        return vec![scope.as_str().into()];
    }
    if scope.contains(pattern) == Containment::Contained {
        return vec![pattern.as_str().into()];
    }
    // Where the first fields do not match, the whole part stands for what is common; the row says that it is less.
    rests(pattern.as_str(), scope.as_str()).unwrap_or_else(|| vec![scope.as_str().into()])
}

/// Returns what may follow the scope: within `arn:aws:s3:::site/*`, the pattern `arn:aws:s3:::s*e/x*` leaves what may
/// follow `arn:aws:s3:::site/`.
fn rests(pattern: &str, scope: &str) -> Option<Vec<Box<str>>> {
    let start = scope.strip_suffix('*')?;
    let (pattern, own): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), start.splitn(6, ':').collect());
    let (last, fields) = pattern.split_last()?;
    let (own_last, own_fields) = own.split_last()?;
    let pairs = fields.len() == own_fields.len()
        && fields
            .iter()
            .zip(own_fields)
            .all(|(field, own)| Glob::parse(field).matches(own));
    if !pairs {
        return None;
    }
    let letters: Vec<char> = last.chars().collect();
    if letters.len() > MOST_LETTERS {
        return None;
    }
    // These are the places in the pattern that its beginning can lead to, as in a walk through its automaton.
    let mut places = vec![false; letters.len().saturating_add(1)];
    let at = |place: usize| letters.get(place).copied();
    let reach = |places: &mut Vec<bool>, mut place: usize| {
        loop {
            if let Some(slot) = places.get_mut(place) {
                *slot = true;
            }
            if at(place) != Some('*') {
                break;
            }
            place = place.saturating_add(1);
        }
    };
    reach(&mut places, 0);
    for letter in own_last.chars() {
        let mut next = vec![false; places.len()];
        for (_, place) in places.iter().zip(0..).filter(|(reached, _)| **reached) {
            match at(place) {
                Some('*') => reach(&mut next, place),
                Some('?') => reach(&mut next, place.saturating_add(1)),
                Some(own) if own == letter => reach(&mut next, place.saturating_add(1)),
                Some(_) | None => {}
            }
        }
        places = next;
    }
    let reached = places.iter().zip(0..).filter(|(reached, _)| **reached);
    let mut rests: Vec<String> = reached
        .map(|(_, place)| letters.iter().skip(place).collect())
        .collect();
    rests.sort_unstable();
    rests.dedup();
    if rests.len() > MOST_RESTS {
        return None;
    }
    let globs: Vec<(String, Glob)> = rests
        .into_iter()
        .map(|rest| (rest.clone(), Glob::parse(&rest)))
        .collect();
    // A star leaves itself and what follows it; the star includes what follows.
    let wider = |(rest, glob): &(String, Glob)| {
        globs.iter().any(|(other, wide)| {
            wide.contains(glob) == Containment::Contained
                && (glob.contains(wide) != Containment::Contained || other < rest)
        })
    };
    let kept = globs.iter().filter(|one| !wider(one));
    Some(kept.map(|(rest, _)| format!("{start}{rest}").into()).collect())
}
