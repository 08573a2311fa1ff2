//! Clauses that are fine alone and whose combination misleads.

use crate::attribute::TextAttribute;
use crate::literal::Literal;
use crate::position::Span;
use crate::tree::{Expr, Predicate, TextMatch};

/// Returns the literals that a clause allows for an attribute; nothing when the clause is not a plain `=` or `IN`.
fn allowed(expr: &Expr, wanted: TextAttribute) -> Option<Vec<&Literal>> {
    match expr {
        Expr::Predicate(Predicate::Text { attribute, test }) if *attribute == wanted && !test.negated => {
            match &test.matcher {
                TextMatch::Equals(literal) => Some(vec![literal]),
                TextMatch::In(list) => Some(list.items().iter().collect()),
                TextMatch::Like(_)
                | TextMatch::StartsWith(_)
                | TextMatch::EndsWith(_)
                | TextMatch::Contains(_) => None,
            }
        }
        Expr::Predicate(Predicate::ContainsAll { actions }) if wanted == TextAttribute::ActionName => {
            Some(actions.items().iter().collect())
        }
        Expr::Predicate(_) | Expr::And(_) | Expr::Or(_) | Expr::Not(_) => None,
    }
}

/// Returns the first clause of a chain that limits an attribute to literals.
pub(super) fn limited<'e>(
    chain: &[(&'e Expr, Span)],
    wanted: TextAttribute,
) -> Option<(Vec<&'e Literal>, Span)> {
    chain
        .iter()
        .find_map(|&(expr, span)| Some((allowed(expr, wanted)?, span)))
}

/// Resource types whose contents have a type of their own: the outer type, the inner types.
///
/// Source: AWS Service Authorization Reference, "Resource types defined by Amazon S3": most permissions to read and write
/// data are on `object`.
const CONTAINERS: &[(&str, &[&str])] = &[("bucket", &["object"])];

/// Returns a clause that limits the destination to a container, in a chain that names no action.
pub(super) fn narrow_type(chain: &[(&Expr, Span)]) -> Option<(Span, String)> {
    let (types, span) = limited(chain, TextAttribute::DestResourceType)?;
    let names_actions = chain.iter().any(|(expr, _)| {
        matches!(
            expr,
            Expr::Predicate(
                Predicate::Text {
                    attribute: TextAttribute::ActionName,
                    ..
                } | Predicate::ContainsAll { .. }
            )
        )
    });
    if names_actions {
        return None;
    }
    let has = |name: &str| types.iter().any(|literal| literal.equals(name));
    let (outer, inner) = CONTAINERS
        .iter()
        .find(|(outer, inner)| has(outer) && !inner.iter().any(|inner| has(inner)))?;
    let all: Vec<String> = std::iter::once(outer)
        .chain(*inner)
        .map(|name| format!("'{name}'"))
        .collect();
    let message = format!(
        "`{outer}` does not include what is inside: permissions on the contents have the type `{}`; to find both, write \
         dest.cloud.resource.type IN ({})",
        inner.join("`, `"),
        all.join(", ")
    );
    Some((span, message))
}

/// Returns what is said of a comparison of the destination with a whole ARN: it finds no pattern that includes the resource.
pub(super) fn narrow_resource(predicate: &Predicate, is_negated: bool) -> Option<String> {
    let Predicate::Text {
        attribute: TextAttribute::DestResourceId,
        test,
    } = predicate
    else {
        return None;
    };
    let literals: &[Literal] = match &test.matcher {
        TextMatch::Equals(literal) | TextMatch::Like(literal) => std::slice::from_ref(literal),
        TextMatch::In(list) => list.items(),
        TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => &[],
    };
    let is_whole =
        |arn: &str| arn.starts_with("arn:") && arn.matches(':').count() >= 5 && !arn.contains(['*', '?']);
    let arn = literals.iter().map(Literal::text).find(|text| is_whole(text))?;
    (test.negated == is_negated).then(|| {
        format!(
            "only grants that name `{arn}` literally are found, and not those of patterns that include it; to find \
             everybody who can do something on it, write dest.cloud.resource.id COVERS '{arn}'"
        )
    })
}

/// Returns the comparison of accounts in a chain that does not exclude destinations in any account.
pub(super) fn counts_any_account(chain: &[(&Expr, Span)]) -> Option<Span> {
    let span = chain.iter().find_map(|(expr, span)| {
        let compared = match expr {
            Expr::Not(operand) => operand,
            Expr::Predicate(_) | Expr::And(_) | Expr::Or(_) => *expr,
        };
        let names_accounts = matches!(compared, Expr::Predicate(Predicate::Accounts { .. }));
        (names_accounts && holds_of_everything(expr) == Some(true)).then_some(*span)
    })?;
    let is_limited = chain
        .iter()
        .any(|(expr, _)| holds_of_everything(expr) == Some(false));
    (!is_limited).then_some(span)
}

/// Returns whether a condition holds of a row whose destination is everything, as far as the destination decides it.
fn holds_of_everything(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Predicate(Predicate::Text { attribute, test }) => matches!(
            attribute,
            TextAttribute::DestAccount | TextAttribute::DestResourceId | TextAttribute::DestResourceName
        )
        .then(|| test.holds(["*"])),
        Expr::Predicate(Predicate::Accounts { differ, .. }) => Some(*differ),
        Expr::Predicate(Predicate::Covers { .. }) => Some(false),
        Expr::Predicate(
            Predicate::Bool { .. }
            | Predicate::Int { .. }
            | Predicate::Tag { .. }
            | Predicate::Condition { .. }
            | Predicate::ContainsAll { .. },
        ) => None,
        Expr::Not(operand) => holds_of_everything(operand).map(|holds| !holds),
        Expr::And(operands) => all(operands.iter().map(holds_of_everything), true),
        Expr::Or(operands) => all(operands.iter().map(holds_of_everything), false),
    }
}

/// Returns `value` when all are that value, and the other value as soon as one has it.
fn all(mut operands: impl Iterator<Item = Option<bool>>, value: bool) -> Option<bool> {
    operands
        .try_fold(Some(value), |result, operand| match operand {
            Some(one) if one != value => Err(!value),
            Some(_) => Ok(result),
            None => Ok(None),
        })
        .unwrap_or_else(Some)
}
