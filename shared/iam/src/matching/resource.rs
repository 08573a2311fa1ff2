//! One resource pattern of a statement, with its policy variables.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Resource" and "…: `NotResource`".

use crate::arn::{ArnPattern, Resource, ShortArn, WildcardMatching};
use crate::context::ConditionKeys;
use crate::document::Version;
use crate::variable::{Expansion, Template, Wildcards};
use std::sync::Arc;

/// One entry of Resource or `NotResource`, compiled once
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourcePattern {
    /// The same for every request
    Fixed(ArnPattern),
    /// Its last field holds policy variables
    Variable(Arc<VariablePattern>),
}

/// A pattern with policy variables in its last field
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariablePattern {
    text: Box<str>,
    /// The five fields before the last one, with their colons
    head: Box<[u8]>,
    last: Template,
    /// Every variable replaced by `*`: what does not match this matches no expansion
    widest: ArnPattern,
}

impl ResourcePattern {
    /// Compiles `text`, whose variables count only under version 2012-10-17 and after the fifth colon.
    #[must_use]
    pub fn parse(text: &str, version: Version, short: ShortArn) -> Self {
        let fixed = || Self::Fixed(ArnPattern::parse(text, short));
        let Some((last_colon, _)) = text.match_indices(':').nth(4) else {
            return fixed();
        };
        let Some((head, last)) = text.split_at_checked(last_colon + 1) else {
            return fixed();
        };
        if !last.contains("${") {
            return fixed();
        }
        let last = Template::parse(last, version, Wildcards::Count);
        let head: Box<[u8]> = crate::glob::wild(head).collect();
        let widest = ArnPattern::from_tokens(text, &[&*head, &last.widest()].concat(), short);
        if last.fixed().is_some() {
            return Self::Fixed(widest);
        }
        Self::Variable(Arc::new(VariablePattern {
            text: text.into(),
            head,
            last,
            widest,
        }))
    }

    /// Returns the pattern with `*` for every variable; exact when there is none.
    #[must_use]
    pub fn widest(&self) -> &ArnPattern {
        match self {
            Self::Fixed(pattern) => pattern,
            Self::Variable(pattern) => &pattern.widest,
        }
    }

    /// Returns the pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.widest().as_str()
    }

    /// Returns whether the pattern is made of `*` only.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        self.widest().is_universal()
    }

    pub(super) fn test(
        &self,
        resource: &Resource<'_>,
        wildcards: WildcardMatching,
        negated: bool,
    ) -> Option<PatternTest> {
        match self {
            Self::Fixed(_) => None,
            Self::Variable(pattern) => {
                let pattern = Arc::clone(pattern);
                Some(PatternTest {
                    pattern,
                    resource: resource.as_str().into(),
                    wildcards,
                    negated,
                })
            }
        }
    }

    pub(super) fn matches(
        &self,
        resource: &Resource<'_>,
        wildcards: WildcardMatching,
        keys: &dyn ConditionKeys,
    ) -> Named {
        match self {
            Self::Fixed(pattern) => Named::from(pattern.matches_as(resource, wildcards)),
            Self::Variable(pattern) => pattern.matches(resource, wildcards, keys),
        }
    }
}

impl VariablePattern {
    /// Returns whether a variable of the pattern has no value, nor a default.
    pub(super) fn lacks_variable(&self, keys: &dyn ConditionKeys) -> bool {
        self.last.expand(keys) == Expansion::NoValue
    }

    fn matches(
        &self,
        resource: &Resource<'_>,
        wildcards: WildcardMatching,
        keys: &dyn ConditionKeys,
    ) -> Named {
        match self.last.expand(keys) {
            // Substituted text may hold `*`, which is literal: tokens can express this, a text cannot.
            Expansion::Tokens(last) => {
                let tokens = [&*self.head, &last].concat();
                // With a fifth colon written, the pattern cannot be short.
                let expanded = ArnPattern::from_tokens(&self.text, &tokens, ShortArn::Padded);
                Named::from(expanded.matches_as(resource, wildcards))
            }
            Expansion::NoValue => Named::NoValue,
            Expansion::Unknown => Named::Unknown,
        }
    }
}

/// Says whether a resource matches a pattern whose variables are not all known yet
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternTest {
    pattern: Arc<VariablePattern>,
    resource: Box<str>,
    wildcards: WildcardMatching,
    negated: bool,
}

impl PatternTest {
    /// Returns the answer under `keys`; `None` while a variable is unknown. A variable without value makes both the
    /// test and its negated form false.
    pub(crate) fn evaluate(&self, keys: &dyn ConditionKeys) -> Option<bool> {
        let resource = Resource::parse(&self.resource).unwrap_or(Resource::Unspecified);
        match self.pattern.matches(&resource, self.wildcards, keys) {
            Named::Yes => Some(!self.negated),
            Named::No => Some(self.negated),
            Named::NoValue => Some(false),
            Named::Unknown => None,
        }
    }
}

impl PatternTest {
    /// Returns the element that holds the pattern: `Resource` or `NotResource`.
    #[must_use]
    pub const fn operator(&self) -> &'static str {
        if self.negated { "NotResource" } else { "Resource" }
    }

    /// Returns the resource that is asked about.
    #[must_use]
    pub const fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the pattern as it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern.text
    }
}

impl std::fmt::Display for PatternTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({}, {})", self.operator(), self.resource, self.pattern.text)
    }
}

/// Says whether a pattern names a resource
pub(super) enum Named {
    Yes,
    No,
    /// Depends on a variable
    Unknown,
    /// A variable without value: the entry names nothing, and a negated list does not apply
    NoValue,
}

impl From<bool> for Named {
    fn from(matched: bool) -> Self {
        if matched { Self::Yes } else { Self::No }
    }
}
