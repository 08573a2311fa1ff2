//! All resources of a statement.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Resource" and "…: `NotResource`".

use super::resource::{Named, ResourcePattern};
use crate::arn::{ArnPattern, Resource, ShortArn, WildcardMatching};
use crate::condition::{Atom, Expression};
use crate::context::ConditionKeys;
use crate::document::{Element, Version};

/// The resources of a statement
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceSet {
    patterns: Element<ResourcePattern>,
}

impl ResourceSet {
    /// Compiles Resource or `NotResource`.
    #[must_use]
    pub fn compile(element: &Element<String>, version: Version, short: ShortArn) -> Self {
        let patterns = |entries: &[String]| {
            entries
                .iter()
                .map(|text| ResourcePattern::parse(text, version, short))
                .collect()
        };
        Self {
            patterns: match element {
                Element::Of(entries) => Element::Of(patterns(entries)),
                Element::Not(entries) => Element::Not(patterns(entries)),
            },
        }
    }

    /// Returns the compiled entries.
    #[must_use]
    pub const fn patterns(&self) -> &Element<ResourcePattern> {
        &self.patterns
    }

    /// Returns whether the statement is about the resource, as far as its variables are known.
    #[must_use]
    pub fn matches(
        &self,
        resource: &Resource<'_>,
        wildcards: WildcardMatching,
        keys: &dyn ConditionKeys,
    ) -> Expression {
        let negated = self.patterns.is_negated();
        let mut open = Vec::new();
        for pattern in self.patterns.entries() {
            match pattern.matches(resource, wildcards, keys) {
                Named::Yes => return Expression::from(!negated),
                Named::NoValue if negated => return Expression::False,
                Named::No | Named::NoValue => {}
                // No value reaches the resource. Under NotResource it still matters whether there is a value.
                Named::Unknown if !negated && !pattern.widest().matches_as(resource, wildcards) => {}
                Named::Unknown => open.extend(pattern.test(resource, wildcards, negated)),
            }
        }
        let tests = open.into_iter().map(|test| Expression::atom(Atom::Pattern(test)));
        if negated {
            Expression::all(tests)
        } else {
            Expression::any(tests)
        }
    }

    pub(crate) fn lacks_variable(&self, keys: &dyn ConditionKeys) -> bool {
        self.patterns.entries().iter().any(|pattern| match pattern {
            ResourcePattern::Fixed(_) => false,
            ResourcePattern::Variable(pattern) => pattern.lacks_variable(keys),
        })
    }

    /// Returns the patterns whose wildcards other readers understand otherwise, for this resource.
    pub fn ambiguous<'a>(&'a self, resource: &Resource<'_>) -> impl Iterator<Item = &'a ArnPattern> {
        let patterns = self.patterns.entries().iter().map(ResourcePattern::widest);
        patterns.filter(move |pattern| pattern.is_ambiguous(resource))
    }
}
