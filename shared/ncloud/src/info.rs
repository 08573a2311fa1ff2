//! Makes remarks about the policy as it is, when the caller asks for them.

use std::collections::HashMap;

use crate::action;
use crate::findings::Findings;
use crate::kind::FindingKind;
use crate::location::Location;
use crate::outline::Outline;
use crate::product::ActionEntry;
use crate::redundancy::Redundant;

/// Looks at every target without ERROR. `redundant` is `None` for a policy that is too large to compare pairs.
pub(crate) fn remark<'a>(outline: &Outline<'a>, redundant: Option<&Redundant>, findings: &mut Findings<'a>) {
    for (_, target) in outline.clean_targets() {
        for (k, action) in target.actions.iter().enumerate() {
            if let Some(product) = target.product
                && product.is_complete()
                && action::is_wildcard(action)
            {
                let count = product
                    .actions()
                    .iter()
                    .map(ActionEntry::name)
                    .filter(|name| action::covers(action, name));
                let count = count.count();
                findings.push(
                    target.location.action(k),
                    FindingKind::WildcardExpansion {
                        action,
                        product: target.code,
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
            findings.push(
                target.location.resource(k),
                FindingKind::NrnNormalised { product: target.code },
            );
        }
    }
    let Some(redundant) = redundant else { return };
    // When the redundant targets are removed, there is nothing left to merge.
    let mut first: HashMap<&[usize], Location<'a>> = HashMap::new();
    let targets = outline
        .clean_targets()
        .zip(&redundant.space.targets)
        .zip(&redundant.targets);
    for (((_, target), numbered), _) in targets.filter(|(_, redundant)| !**redundant) {
        // The product is part of every resource's name.
        let with = *first
            .entry(numbered.resources.widest.as_slice())
            .or_insert(target.location);
        if with != target.location {
            findings.push(target.location, FindingKind::Mergeable { with });
        }
    }
}
