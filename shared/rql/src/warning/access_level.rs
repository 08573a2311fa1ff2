//! Actions and access levels of one AND chain that no row has together.

use super::actions::{OfActions, either, of_actions, tests};
use crate::attribute::TextAttribute;
use crate::known_values::KnownValues;
use crate::position::Span;
use crate::tree::Expr;

/// Returns the clause about the access level that no action of the chain can satisfy.
pub(super) fn impossible_access_level(
    chain: &[(&Expr, Span)],
    known: &impl KnownValues,
) -> Option<(Span, String)> {
    let wanted = tests(chain, TextAttribute::ActionAccessLevel);
    let clause = wanted.last()?.span;
    let OfActions { words, first, all } =
        of_actions(chain, |part, literal| known.access_levels(part, literal))?;
    let fits = |level: Option<&str>| wanted.iter().all(|one| one.holds(level));
    if all.into_iter().any(fits) {
        return None;
    }
    let levels = either(first.into_iter().flatten().collect());
    let have = if levels.is_empty() {
        "no access level".to_owned()
    } else {
        format!("the access level {levels}")
    };
    let message = format!("no row satisfies this clause: rows of {words} have {have}");
    Some((clause, message))
}
