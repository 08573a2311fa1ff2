//! Actions are compared as `service:name`, ignoring case.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Action" and "…: `NotAction`".

use crate::document::Element;
use crate::glob::{Containment, Glob, wild};

/// Something about an action pattern that a reader should know
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionFinding {
    /// A wildcard in front of the colon, outside the grammar; matched as a wildcard all the same
    ServiceWildcard,
    /// No colon and not `*`: no action has such a name
    NoService,
}

/// One entry of Action or `NotAction`, compiled once
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern {
    glob: Glob,
}

impl ActionPattern {
    /// Compiles `text`, whose case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        // Names of actions are ASCII but for mistakes, and need no second text to become lower case.
        let glob = if text.is_ascii() {
            Glob::from_tokens(
                wild(text)
                    .map(|token| token.to_ascii_lowercase())
                    .collect::<Box<[u8]>>(),
            )
        } else {
            Glob::parse(&text.to_lowercase())
        };
        Self { glob }
    }

    /// Returns whether the pattern names `action`, which must be in lower case.
    #[must_use]
    pub fn matches_lower(&self, action: &str) -> bool {
        self.glob.matches(action)
    }

    /// Returns whether the pattern names `action`, ignoring case.
    #[must_use]
    pub fn matches(&self, action: &str) -> bool {
        self.glob.matches(&action.to_lowercase())
    }

    /// Returns whether some action name matches both patterns.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.glob.overlaps(&other.glob)
    }

    /// Returns whether every action that `other` names is named here too.
    #[must_use]
    pub fn contains(&self, other: &Self) -> Containment {
        self.glob.contains(&other.glob)
    }

    /// Returns the lower-case text before the first wildcard, for narrowing a sorted table.
    #[must_use]
    pub fn literal_prefix(&self) -> &str {
        self.glob.literal_prefix()
    }

    /// Returns the service in lower case whose actions the pattern names; `None` when it leaves that open.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.glob.literal_before(b':')
    }

    /// Returns the action's name in lower case, when the pattern is one.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.glob.literal_text()
    }

    /// Returns whether the pattern is one action's name.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.glob.is_literal()
    }

    /// Returns whether the pattern is `*`.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        self.glob.is_universal()
    }

    /// Returns what is odd about the pattern.
    #[must_use]
    pub fn finding(&self) -> Option<ActionFinding> {
        if self.is_universal() {
            return None;
        }
        match self.glob.to_string().split_once(':') {
            None => Some(ActionFinding::NoService),
            Some((service, _)) if service.contains(['*', '?']) => Some(ActionFinding::ServiceWildcard),
            Some(_) => None,
        }
    }
}

impl std::fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.glob.fmt(f)
    }
}

/// The actions of a statement
///
/// `NotAction` stays a complement: it includes actions that no catalogue knows yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionSet {
    patterns: Element<ActionPattern>,
}

impl ActionSet {
    /// Compiles Action or `NotAction`.
    #[must_use]
    pub fn compile(element: &Element<String>) -> Self {
        let patterns = |entries: &[String]| entries.iter().map(|text| ActionPattern::parse(text)).collect();
        Self {
            patterns: match element {
                Element::Of(entries) => Element::Of(patterns(entries)),
                Element::Not(entries) => Element::Not(patterns(entries)),
            },
        }
    }

    /// Returns the compiled entries.
    #[must_use]
    pub const fn patterns(&self) -> &Element<ActionPattern> {
        &self.patterns
    }

    /// Returns whether the statement is about `action`, which must be in lower case.
    #[must_use]
    pub fn matches_lower(&self, action: &str) -> bool {
        let named = self
            .patterns
            .entries()
            .iter()
            .any(|pattern| pattern.matches_lower(action));
        named != self.patterns.is_negated()
    }

    /// Returns whether the statement is about `action`, ignoring case.
    #[must_use]
    pub fn matches(&self, action: &str) -> bool {
        self.matches_lower(&action.to_lowercase())
    }
}
