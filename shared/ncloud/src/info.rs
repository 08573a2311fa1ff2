//! Remarks about the policy as it is, given when asked for.

use std::collections::HashMap;

use crate::action;
use crate::checks::Outline;
use crate::location::Place;
use crate::problem::Problem;
use crate::product::Action;
use crate::redundancy::Redundant;
use crate::report::Problems;

/// Looks at every target without ERROR. `redundant` is none for a policy too large for pairwise checks.
pub(crate) fn remark<'a>(outline: &Outline<'a>, redundant: Option<&Redundant>, problems: &mut Problems<'a>) {
    for (_, target) in outline.clean_targets() {
        let Some(product) = target.product else { continue };
        for (k, action) in target.actions.iter().enumerate() {
            if product.is_complete() && action::is_wildcard(action) {
                let count = product
                    .actions()
                    .iter()
                    .map(Action::name)
                    .filter(|name| action::covers(action, name));
                let count = count.count();
                problems.push(
                    target.place.action(k),
                    Problem::WildcardExpansion {
                        action,
                        product,
                        count,
                    },
                );
            }
        }
        for (k, _) in target
            .resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| **resource == "*")
        {
            problems.push(target.place.resource(k), Problem::NrnNormalised { product });
        }
    }
    let Some(redundant) = redundant else { return };
    // Whoever takes away what is redundant has nothing left to merge there.
    let mut first: HashMap<&[usize], Place<'a>> = HashMap::new();
    let targets = outline
        .clean_targets()
        .zip(&redundant.space.grants)
        .zip(&redundant.targets);
    for (((_, target), grant), _) in targets.filter(|(_, redundant)| !**redundant) {
        // The product is part of every resource's name.
        let with = *first
            .entry(grant.resources.widest.as_slice())
            .or_insert(target.place);
        if with != target.place {
            problems.push(target.place, Problem::Mergeable { with });
        }
    }
}
