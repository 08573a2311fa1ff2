//! Actions and destinations of one AND chain that no row has together.

use super::actions::{either, of_actions, tests};
use crate::attribute::TextAttribute;
use crate::known_values::{DestinationKind, KnownValues};
use crate::position::Span;
use crate::tree::{Expr, Predicate};

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
        services.iter().all(|one| one.holds(Some(kind.service)))
            && types.iter().all(|one| one.holds(Some(kind.resource_type)))
    };
    let is_of_resource =
        |kind: &DestinationKind<'_>| resource.as_ref().is_none_or(|(_, _, kinds)| kinds.contains(kind));
    let Some(actions) = of_actions(chain, |part, literal| known.destinations(part, literal)) else {
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

fn of_service(kinds: &[DestinationKind<'_>]) -> String {
    let types = either(kinds.iter().map(|kind| kind.resource_type).collect());
    let services = either(kinds.iter().map(|kind| kind.service).collect());
    format!("{types} of the service {services}")
}

/// Says what a resource is.
fn words(kinds: &[DestinationKind<'_>]) -> String {
    format!("a resource of the type {}", of_service(kinds))
}
