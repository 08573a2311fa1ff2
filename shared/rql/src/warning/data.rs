//! Documents that were not imported, and what a query lacks without them.

use crate::attribute::TextAttribute;
use crate::known_values::{KnownValues, MissingDocument};
use crate::tree::Predicate;

/// Returns the message about an attribute that has no value in some rows.
pub(super) fn no_data(predicate: &Predicate, known: &impl KnownValues) -> Option<String> {
    let name = attribute_name(predicate);
    let missing = known.missing(name)?;
    let remedy = missing.remedy;
    Some(match (missing.document, missing.rows_of) {
        (Some(document), None) => {
            format!(
                "`{name}` has no value in any row, because no document `{document}` is imported; {remedy}"
            )
        }
        (Some(document), Some(rows_of)) => format!(
            "`{name}` has no value in rows of {rows_of}, because no document `{document}` describes them; {remedy}"
        ),
        (None, Some(rows_of)) => format!("`{name}` has no value in rows of {rows_of}; {remedy}"),
        (None, None) => format!("`{name}` has no value in any row; {remedy}"),
    })
}

/// Returns the messages about rows that are missing and that a test asks for, by name or by what they are not: the test holds
/// of them, and not of the roles that such rows come from.
pub(super) fn missing_rows(predicate: &Predicate, is_negated: bool, known: &impl KnownValues) -> Vec<String> {
    let Predicate::Text { attribute, test } = predicate else {
        return Vec::new();
    };
    let of_role = if *attribute == TextAttribute::SourceServiceName {
        "iam"
    } else {
        "role"
    };
    let holds = |value: &str| test.holds([value]) != is_negated;
    let mut missing = known.missing_rows(*attribute);
    missing.retain(|(value, _)| holds(value) && !holds(of_role));
    let mut messages = Vec::new();
    while let Some((_, document)) = missing.first().cloned() {
        let (alike, others): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|(_, other)| *other == document);
        let values: Vec<String> = alike.iter().map(|(value, _)| format!("`{value}`")).collect();
        let values = format!("`{}` = {}", attribute.name(), values.join(" or "));
        messages.push(of_rows(&values, &document));
        missing = others;
    }
    messages
}

/// Returns the message about rows with some values that are missing.
fn of_rows(values: &str, missing: &MissingDocument) -> String {
    let document = missing.document.unwrap_or_default();
    let remedy = missing.remedy;
    match &missing.rows_of {
        None => {
            format!("rows with {values} are missing, because no document `{document}` is imported; {remedy}")
        }
        Some(rows_of) => format!(
            "rows with {values} may be missing for {rows_of}, because no document `{document}` describes all of them; {remedy}"
        ),
    }
}

/// Returns the attribute of a predicate.
fn attribute_name(predicate: &Predicate) -> &'static str {
    match predicate {
        Predicate::Text { attribute, .. } => attribute.name(),
        Predicate::Accounts { .. } => TextAttribute::SourceAccount.name(),
        Predicate::Bool { attribute, .. } => attribute.name(),
        Predicate::Int { attribute, .. } => attribute.name(),
        Predicate::Tag { attribute, .. } => attribute.name(),
        Predicate::Condition { attribute, .. } => attribute.name(),
        Predicate::ContainsAll { .. } => TextAttribute::ActionName.name(),
        Predicate::Covers { .. } => TextAttribute::DestResourceId.name(),
    }
}
