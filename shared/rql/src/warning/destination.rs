//! Actions and destinations of one AND chain that no row has together.

use std::collections::BTreeSet;

use super::combination::limited;
use crate::attribute::TextAttribute;
use crate::known_values::{DestinationKind, KnownValues};
use crate::position::Span;
use crate::tree::{Expr, Predicate, TextMatch, TextTest};

/// Most actions of one chain whose destinations are looked up; a longer list is not judged.
const MAX_ACTIONS: usize = 64;

/// A test of one attribute in a chain, with whether NOT is before it
struct Tested<'e> {
    test: &'e TextTest,
    is_complement: bool,
    span: Span,
}

impl Tested<'_> {
    fn holds(&self, value: &str) -> bool {
        self.test.holds([value]) != self.is_complement
    }
}

/// Returns the tests of an attribute that AND joins.
fn tests<'e>(chain: &[(&'e Expr, Span)], wanted: TextAttribute) -> Vec<Tested<'e>> {
    let tested = |&(expr, span): &(&'e Expr, Span)| {
        let (inner, is_complement) = match expr {
            Expr::Not(inner) => (&**inner, true),
            plain @ (Expr::And(_) | Expr::Or(_) | Expr::Predicate(_)) => (plain, false),
        };
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

/// Says what the actions of a chain work on
struct Possible<'k> {
    /// The actions, as the query names them
    words: String,
    /// Holds what the first action, or all of a beginning, work on
    first: Vec<DestinationKind<'k>>,
    all: Vec<DestinationKind<'k>>,
}

/// Returns what the actions of a chain work on; `None` when the chain names no actions, or when this is not known.
fn possible<'k>(chain: &[(&Expr, Span)], known: &'k impl KnownValues) -> Option<Possible<'k>> {
    let names = tests(chain, TextAttribute::ActionName);
    if let Some((actions, _)) = limited(chain, TextAttribute::ActionName) {
        let mut found: Option<Possible<'k>> = None;
        if actions.len() > MAX_ACTIONS {
            return None;
        }
        let passes = |name: &str| names.iter().all(|one| one.holds(name));
        for action in actions.iter().filter(|action| passes(action.text())) {
            let kinds = known.destinations(action.lowered());
            if kinds.is_empty() {
                // An action that is not known can have any destination.
                return None;
            }
            match &mut found {
                Some(found) => found.all.extend(kinds),
                None => {
                    found = Some(Possible {
                        words: format!("`{}`", action.text()),
                        first: kinds.clone(),
                        all: kinds,
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
    let kinds = known.destinations_beginning(literal.lowered());
    (!kinds.is_empty()).then(|| Possible {
        words: format!("actions that begin with `{}`", literal.text()),
        first: kinds.clone(),
        all: kinds,
    })
}

/// Returns the clause about the destination that no action of the chain can satisfy.
pub(super) fn impossible_destination(
    chain: &[(&Expr, Span)],
    known: &impl KnownValues,
) -> Option<(Span, String)> {
    let services = tests(chain, TextAttribute::DestServiceName);
    let types = tests(chain, TextAttribute::DestResourceType);
    let covered = chain.iter().find_map(|&(expr, span)| match expr {
        Expr::Predicate(Predicate::Covers { resource }) => Some((resource.text(), span)),
        Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_) => None,
    });
    let resource = covered.and_then(|(arn, span)| Some((arn, span, known.kinds_of(arn)?)));
    if let Some((arn, span, kinds)) = &resource
        && kinds.is_empty()
    {
        let message = format!("no row satisfies this clause: no action works on a resource like `{arn}`");
        return Some((*span, message));
    }
    let clause = types.last().or(services.last()).map(|one| one.span);
    let clause = clause.or(resource.as_ref().map(|(_, span, _)| *span))?;
    let fits = |kind: &DestinationKind<'_>| {
        services.iter().all(|one| one.holds(kind.service))
            && types.iter().all(|one| one.holds(kind.resource_type))
    };
    let is_of_resource =
        |kind: &DestinationKind<'_>| resource.as_ref().is_none_or(|(_, _, kinds)| kinds.contains(kind));
    let Some(actions) = possible(chain, known) else {
        let (arn, _, kinds) = resource.as_ref()?;
        return (!kinds.iter().any(fits)).then(|| {
            let message = format!("no row satisfies this clause: `{arn}` is {}", words(kinds));
            (clause, message)
        });
    };
    if actions.all.iter().any(|kind| fits(kind) && is_of_resource(kind)) {
        return None;
    }
    let mut message = format!(
        "no row satisfies this clause: rows of {} have the destination type {}",
        actions.words,
        of_service(&actions.first)
    );
    if let Some((arn, _, kinds)) = &resource {
        message = format!("{message}, and `{arn}` is {}", words(kinds));
    }
    Some((clause, message))
}

/// Most names of one list in a message.
const MAX_NAMES: usize = 12;

fn either(names: BTreeSet<&str>) -> String {
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

fn of_service(kinds: &[DestinationKind<'_>]) -> String {
    let types = either(kinds.iter().map(|kind| kind.resource_type).collect());
    let services = either(kinds.iter().map(|kind| kind.service).collect());
    format!("{types} of the service {services}")
}

/// Says what a resource is.
fn words(kinds: &[DestinationKind<'_>]) -> String {
    format!("a resource of the type {}", of_service(kinds))
}
