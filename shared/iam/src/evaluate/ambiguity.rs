//! Finds the patterns that could change the answer if their wildcards were read in another way.

use super::decide::levels;
use super::layers::{Attached, Layers, Request, ResourcePolicy};
use crate::arn::ArnPattern;

/// Returns the patterns of statements about the action whose wildcards can be read in several ways for this resource.
pub(super) fn ambiguous_patterns<'a>(request: &Request<'_>, layers: &Layers<'a>) -> Vec<&'a str> {
    let action = request.action.to_lowercase();
    let mut patterns: Vec<&'a str> = Vec::new();
    for attached in all_policies(layers) {
        let about = attached
            .policy
            .statements()
            .iter()
            .filter(|one| one.actions.matches_lower(&action));
        for resources in about.filter_map(|statement| statement.resources.as_ref()) {
            patterns.extend(resources.ambiguous(&request.resource).map(ArnPattern::as_str));
        }
    }
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

fn all_policies<'a>(layers: &Layers<'a>) -> impl Iterator<Item = Attached<'a>> {
    let resource = match layers.resource {
        ResourcePolicy::Policy(attached) => Some(attached),
        ResourcePolicy::None | ResourcePolicy::NotSupplied => None,
    };
    let organization = levels(layers.service_control)
        .iter()
        .chain(levels(layers.resource_control))
        .flatten();
    let own = layers.identity.iter().chain(layers.session.unwrap_or_default());
    own.chain(organization)
        .copied()
        .chain(layers.boundary)
        .chain(resource)
}
