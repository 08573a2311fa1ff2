//! Composes the compatible policy: what AWS would return for the same calls, and nothing that is inferred.
//!
//! Shape, as seen in answers of IAM Access Analyzer: first the actions that need no resource type, on `*`; then
//! one statement per distinct ARN template in ASCII order; Sids count through all documents of one answer.

pub mod document;

use std::collections::{BTreeMap, BTreeSet};

use iam::size::MANAGED_POLICY;

use crate::catalogue;
use crate::generation::Generation;
use crate::service_level;
use document::Statement;

/// Begins the Sid of a statement that holds observed actions.
pub(crate) const SUPPORTED_SERVICE: &str = "SupportedServiceSid";

/// Says how the reader of a policy wants it rendered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The option `includeResourcePlaceholders`: ARN templates instead of `*`.
    pub resource_placeholders: bool,
    /// The option `includeServiceLevelTemplate`: one more statement for services whose actions are not known.
    pub service_level_template: bool,
}

/// Renders the policy as documents of at most [`MANAGED_POLICY`] characters each; none when there is nothing to
/// allow.
///
/// The documents are compact JSON. Their statements in order are those of the unsplit policy, but that one too
/// large for a document is cut along its actions.
#[must_use]
pub fn render(generation: &Generation<'_>, options: Options) -> Vec<String> {
    document::documents(statements(generation, options), MANAGED_POLICY)
}

pub(crate) fn statements(generation: &Generation<'_>, options: Options) -> Vec<Statement> {
    let partition = generation.principal.partition();
    let placed = generation.actions().filter_map(|(action, _)| {
        let known = catalogue::action(action)?;
        let templates = if options.resource_placeholders {
            catalogue::templates(&known, partition)
        } else {
            Vec::new()
        };
        Some((action, templates))
    });
    let mut statements = place(placed);
    if options.service_level_template {
        statements.extend(service_level::statement(&service_level::candidates(generation)));
    }
    statements
}

/// Makes one statement for each template. The statement of the actions without a template comes first.
fn place<'a>(actions: impl Iterator<Item = (&'a str, Vec<String>)>) -> Vec<Statement> {
    let mut anywhere: BTreeSet<&str> = BTreeSet::new();
    let mut somewhere: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (action, templates) in actions {
        if templates.is_empty() {
            anywhere.insert(action);
        }
        for template in templates {
            somewhere.entry(template).or_default().insert(action);
        }
    }
    let on = |resource: String, actions: BTreeSet<&str>| Statement {
        series: SUPPORTED_SERVICE,
        actions: actions.into_iter().map(str::to_owned).collect(),
        resources: vec![resource],
        condition: None,
    };
    let first = (!anywhere.is_empty()).then(|| on("*".to_owned(), anywhere));
    first
        .into_iter()
        .chain(
            somewhere
                .into_iter()
                .map(|(template, actions)| on(template, actions)),
        )
        .collect()
}

#[cfg(test)]
mod tests;
