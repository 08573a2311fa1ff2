//! Finds the actions that one AND chain names, and what rows of these actions can have.

use std::collections::BTreeSet;

use super::combination::limited;
use crate::attribute::TextAttribute;
use crate::known_values::Part;
use crate::position::Span;
use crate::tree::{Expr, Predicate, TextMatch, TextTest};

/// The most actions of one chain that are looked up. A chain that names more actions gets no warning about them.
const MAX_ACTIONS: usize = 64;

/// A test of one attribute in a chain, with whether NOT is before it
pub(super) struct Tested<'e> {
    test: &'e TextTest,
    is_complement: bool,
    pub(super) span: Span,
}

impl Tested<'_> {
    /// Returns whether a row with this value, or without a value, passes.
    pub(super) fn holds(&self, value: Option<&str>) -> bool {
        self.test.holds(value) != self.is_complement
    }
}

/// Returns the tests of an attribute that AND joins.
pub(super) fn tests<'e>(chain: &[(&'e Expr, Span)], wanted: TextAttribute) -> Vec<Tested<'e>> {
    let tested = |&(expr, span): &(&'e Expr, Span)| {
        let (inner, is_complement) = expr.without_not();
        match inner {
            Expr::Predicate(Predicate::Text { attribute, test }) if *attribute == wanted => Some(Tested {
                test,
                is_complement,
                span,
            }),
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_) => None,
        }
    };
    chain.iter().filter_map(tested).collect()
}

/// Says what rows of the actions of a chain can have
pub(super) struct OfActions<T> {
    /// The actions, as the query names them
    pub(super) words: String,
    /// Holds what rows of the first action, or of all of a beginning, can have
    pub(super) first: Vec<T>,
    pub(super) all: Vec<T>,
}

/// Returns what rows of the actions of a chain can have; `None` when the chain names no actions, or when this is not known.
/// `known` looks it up by the name of an action, or by a part of names, and finds nothing when it is not known.
pub(super) fn of_actions<T: Clone>(
    chain: &[(&Expr, Span)],
    known: impl Fn(Option<Part>, &str) -> Vec<T>,
) -> Option<OfActions<T>> {
    let names = tests(chain, TextAttribute::ActionName);
    if let Some((actions, _)) = limited(chain, TextAttribute::ActionName) {
        let mut found: Option<OfActions<T>> = None;
        if actions.len() > MAX_ACTIONS {
            return None;
        }
        let passes = |name: &str| names.iter().all(|one| one.holds(Some(name)));
        for action in actions.iter().filter(|action| passes(action.text())) {
            let of_action = known(None, action.lowered());
            if of_action.is_empty() {
                // Rows of an action that is not known can have anything.
                return None;
            }
            match &mut found {
                Some(found) => found.all.extend(of_action),
                None => {
                    found = Some(OfActions {
                        words: format!("`{}`", action.text()),
                        first: of_action.clone(),
                        all: of_action,
                    });
                }
            }
        }
        return found;
    }
    let literal = names.iter().find_map(|one| match &one.test.matcher {
        TextMatch::StartsWith(literal) if one.test.negated == one.is_complement => Some(literal),
        TextMatch::Equals(_)
        | TextMatch::In(_)
        | TextMatch::Like(_)
        | TextMatch::StartsWith(_)
        | TextMatch::EndsWith(_)
        | TextMatch::Contains(_) => None,
    })?;
    let of_beginning = known(Some(Part::Start), literal.lowered());
    (!of_beginning.is_empty()).then(|| OfActions {
        words: format!("actions that begin with `{}`", literal.text()),
        first: of_beginning.clone(),
        all: of_beginning,
    })
}

/// Most names of one list in a message.
const MAX_NAMES: usize = 12;

/// Returns names as a message lists them.
pub(super) fn either(names: BTreeSet<&str>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let names: Vec<String> = names
        .into_iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{name}`"))
        .collect();
    let names = names.join(" or ");
    if more == 0 {
        names
    } else {
        format!("{names} or {more} more")
    }
}
