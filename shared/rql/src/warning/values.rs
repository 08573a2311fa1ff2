//! Warns about literals that no value of a row has, whole or in part.

use super::WarningCode::{self, CloudNotLoaded, FusedLiteral, NeverMatches, UnknownAction, UnknownService};
use crate::attribute::{TextAttribute, Values};
use crate::known_values::{KnownValues, Part};
use crate::literal::Literal;
use crate::tree::TextMatch;

type Found = Vec<(WarningCode, String)>;

/// Returns the warnings about a literal that stands for a whole value.
pub(super) fn of_whole(attribute: TextAttribute, literal: &Literal, known: &impl KnownValues) -> Found {
    let mut found = Found::new();
    let (text, lowered) = (literal.text(), literal.lowered());
    let hint = || {
        let wildcards = without_wildcards(Some(attribute), text);
        if wildcards.is_empty() && !(is_service(attribute) && known.has_service(lowered)) {
            meant(attribute, lowered, known)
        } else {
            wildcards
        }
    };
    if attribute == TextAttribute::ActionName {
        // An action has at most one colon, and no name in any cloud has a comma.
        if lowered.matches(':').count() > 1 || lowered.contains(',') {
            let remedy = as_list(text);
            let message = format!("`{text}` looks like several actions in one string; {remedy}");
            found.push((FusedLiteral, message));
        } else if !known.has_action(lowered) {
            found.push((UnknownAction, format!("no action is called `{text}`{}", hint())));
        }
    }
    if is_service(attribute) && !known.has_service(lowered) {
        found.push((UnknownService, format!("no service is called `{text}`{}", hint())));
        return found;
    }
    if is_missing(attribute, known, |value| literal.equals(value)) {
        return found;
    }
    let (is_listed, is_closed) = listed(attribute, |value| literal.equals(value));
    // A cloud of the list is right by definition; whether it is loaded is another question.
    let exists = (is_cloud(attribute) && is_listed)
        || known
            .has_value(attribute, lowered)
            .unwrap_or(is_listed || !is_closed);
    if !exists {
        let (name, patterns) = (attribute.name(), of_patterns(attribute));
        let mut hint = hint();
        if hint.is_empty() && attribute == TextAttribute::SourceAccount {
            "; import the documents of this account".clone_into(&mut hint);
        }
        let message = format!("no row has `{name}` = `{text}`{hint}{patterns}");
        found.push((NeverMatches, message));
    } else if is_cloud(attribute) && !known.has_cloud(lowered) {
        found.push((
            CloudNotLoaded,
            format!("no rows of the cloud `{text}` are loaded"),
        ));
    }
    found
}

/// Returns the warnings about a literal of `LIKE`, which rows of `*` have as well.
pub(super) fn of_like(attribute: TextAttribute, literal: &Literal, known: &impl KnownValues) -> Found {
    let mut found = of_whole(attribute, literal, known);
    for (_, message) in &mut found {
        message.push_str("; only rows with `*` are found");
    }
    found
}

/// Returns the warning about a literal that is compared with a part of values, when no value has it there.
pub(super) fn of_part(
    attribute: TextAttribute,
    matcher: &TextMatch,
    known: &impl KnownValues,
) -> Option<(WarningCode, String)> {
    let (part, literal) = Part::of(matcher)?;
    let (text, lowered) = (literal.text(), literal.lowered());
    if is_missing(attribute, known, |value| matcher.holds(value)) {
        return None;
    }
    let (is_listed, is_closed) = listed(attribute, |value| matcher.holds(value));
    let exists = (is_cloud(attribute) && is_listed)
        || known
            .has_part(attribute, part, lowered)
            .unwrap_or(is_listed || !is_closed);
    if exists {
        return None;
    }
    let words = match part {
        Part::Start => "begins with",
        Part::End => "ends with",
        Part::Anywhere => "contains",
    };
    let (code, subject) = if attribute == TextAttribute::ActionName {
        (UnknownAction, "no action".to_owned())
    } else if attribute == TextAttribute::DestServiceName {
        (UnknownService, "no service".to_owned())
    } else {
        (NeverMatches, format!("no row has a `{}` that", attribute.name()))
    };
    let mut hint = without_wildcards(Some(attribute), text);
    if hint.is_empty() && attribute == TextAttribute::ActionName && part == Part::Start {
        hint = meant_service(text, known);
    }
    Some((
        code,
        format!("{subject} {words} `{text}`{hint}{}", of_patterns(attribute)),
    ))
}

/// Returns how to write several actions that are in one string.
fn as_list(text: &str) -> String {
    let actions: Vec<&str> = text.split(',').map(str::trim).collect();
    if actions.len() < 2 || actions.iter().any(|action| action.matches(':').count() != 1) {
        return "write each of them in quotes of its own, in a list behind IN".to_owned();
    }
    let quoted = actions
        .iter()
        .map(|action| format!("'{}'", action.replace('\'', "''")));
    format!("write IN ({})", quoted.collect::<Vec<_>>().join(", "))
}

/// Returns the service that was probably meant by the beginning of an action, as the end of a message.
fn meant_service(text: &str, known: &impl KnownValues) -> String {
    let Some((service, rest)) = text.split_once(':') else {
        return String::new();
    };
    let lowered = service.to_lowercase();
    let nearest = (!known.has_service(&lowered))
        .then(|| known.nearest(TextAttribute::DestServiceName, &lowered))
        .flatten();
    nearest.map_or_else(String::new, |near| format!("; did you mean `{near}:{rest}`?"))
}

/// Returns the end of a message about a literal that does not exist: the known value that is nearest, if one is near.
fn meant(attribute: TextAttribute, lowered: &str, known: &impl KnownValues) -> String {
    let nearest = known.nearest(attribute, lowered);
    nearest.map_or_else(String::new, |value| format!("; did you mean `{value}`?"))
}

/// Returns what to write instead of a literal with wildcards, which the language compares as ordinary characters, as the
/// end of a message; nothing for a literal without.
pub(super) fn without_wildcards(attribute: Option<TextAttribute>, text: &str) -> String {
    let wildcards = ['*', '?', '%'];
    if !text.contains(wildcards) {
        return String::new();
    }
    let rest = "; `*`, `?` and `%` are compared as ordinary characters";
    let inner = text.trim_matches(wildcards);
    let (Some(attribute), false) = (attribute, inner.is_empty() || inner.contains(wildcards)) else {
        return rest.to_owned();
    };
    let operator = match (text.starts_with(wildcards), text.ends_with(wildcards)) {
        (true, true) => "CONTAINS",
        (true, false) => "ENDS WITH",
        (false, _) => "STARTS WITH",
    };
    let inner = inner.replace('\'', "''");
    format!("{rest}: write {} {operator} '{inner}'", attribute.name())
}

/// Returns the end of a message about a destination that no policy names: patterns may still include the resource.
const fn of_patterns(attribute: TextAttribute) -> &'static str {
    if matches!(
        attribute,
        TextAttribute::DestResourceName | TextAttribute::DestResourceId
    ) {
        "; `*` and other patterns may include the resource, and dest.cloud.resource.id COVERS with its whole ARN counts them"
    } else {
        ""
    }
}

/// Returns whether rows with a value that passes are missing, so that it says nothing that there is none.
fn is_missing(attribute: TextAttribute, known: &impl KnownValues, passes: impl Fn(&str) -> bool) -> bool {
    let mut missing = known.missing_rows(attribute).into_iter();
    missing.any(|(value, _)| passes(value))
}

/// Returns whether a value of the attribute's own list passes, and whether there are no other values.
fn listed(attribute: TextAttribute, passes: impl Fn(&str) -> bool) -> (bool, bool) {
    let values = attribute.values();
    let is_listed = values.known().iter().any(|value| passes(value));
    (is_listed, matches!(values, Values::Closed(_)))
}

const fn is_service(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::SourceServiceName | TextAttribute::DestServiceName
    )
}

const fn is_cloud(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::SourceCloudType | TextAttribute::DestCloudType | TextAttribute::GrantedByCloudType
    )
}
