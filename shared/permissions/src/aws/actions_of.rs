//! Holds patterns of the actions that rows of a shard can have.

use iam::matching::ActionPattern;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shard has at most this number of patterns, and at most this number of services if there are more patterns. They take some
/// hundred bytes after compression.
const MOST_PATTERNS: usize = 64;

/// Holds patterns of the actions that rows of a shard can have.
///
/// It holds patterns instead of actions, because the function that asks may be of another release that knows other actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Option<Vec<String>>", from = "Option<Vec<String>>")]
pub(crate) struct ActionsOf {
    /// The patterns by their text; `None` when rows can have any action
    patterns: Option<BTreeMap<String, ActionPattern>>,
}

impl Default for ActionsOf {
    fn default() -> Self {
        Self {
            patterns: Some(BTreeMap::new()),
        }
    }
}

impl From<ActionsOf> for Option<Vec<String>> {
    fn from(actions: ActionsOf) -> Self {
        actions.patterns.map(|patterns| patterns.into_keys().collect())
    }
}

impl From<Option<Vec<String>>> for ActionsOf {
    fn from(patterns: Option<Vec<String>>) -> Self {
        let parsed = |text: String| {
            let pattern = ActionPattern::parse(&text);
            (text, pattern)
        };
        Self {
            patterns: patterns.map(|patterns| patterns.into_iter().map(parsed).collect()),
        }
    }
}

impl ActionsOf {
    /// Rows can have any action.
    pub(super) const ANY: Self = Self { patterns: None };

    /// Adds the actions of a pattern; `None` stands for any action.
    pub(super) fn add(&mut self, pattern: Option<&ActionPattern>) {
        let Some(known) = &mut self.patterns else { return };
        let Some(pattern) = pattern.filter(|pattern| !pattern.is_universal()) else {
            *self = Self::ANY;
            return;
        };
        let is_known = |text: &str| known.contains_key(text);
        let text = pattern.to_string();
        let service = service_of(&text);
        if is_known(&text) || service.as_deref().is_some_and(is_known) {
            return;
        }
        known.insert(text, pattern.clone());
        if known.len() > MOST_PATTERNS {
            self.patterns = widened(known).filter(|wide| wide.len() <= MOST_PATTERNS);
        }
    }

    /// Returns whether a row can have an action of this name, or an action whose name begins with it; in lower case.
    pub(super) fn can_be(&self, literal: &str, is_start: bool) -> bool {
        let Some(patterns) = &self.patterns else {
            return true;
        };
        let wanted = if is_start {
            ActionPattern::parse(&format!("{literal}*"))
        } else {
            ActionPattern::parse(literal)
        };
        patterns.values().any(|pattern| pattern.overlaps(&wanted))
    }
}

/// Returns patterns of all actions of the services that patterns name; `None` when a pattern names actions of any service.
fn widened(patterns: &BTreeMap<String, ActionPattern>) -> Option<BTreeMap<String, ActionPattern>> {
    let services = patterns.keys().map(|text| service_of(text));
    let services = services.map(|service| service.map(|all| (all.clone(), ActionPattern::parse(&all))));
    services.collect()
}

/// Returns the pattern of all actions of the service of a pattern.
fn service_of(pattern: &str) -> Option<String> {
    let (service, _) = pattern.split_once(':')?;
    (!service.contains(['*', '?'])).then(|| format!("{service}:*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(patterns: &[&str]) -> ActionsOf {
        let mut actions = ActionsOf::default();
        for text in patterns {
            actions.add(Some(&ActionPattern::parse(text)));
        }
        actions
    }

    #[test]
    fn patterns_tell_which_actions_a_row_can_have() {
        let actions = actions(&["s3:Get*", "SQS:SendMessage"]);
        for (literal, is_start, expected) in [
            ("s3:getobject", false, true),
            ("s3:putobject", false, false),
            ("sqs:sendmessage", false, true),
            ("sqs:sendmessagebatch", false, false),
            ("s3:", true, true),
            ("s3:geto", true, true),
            ("s3:p", true, false),
            ("sq", true, true),
            ("", true, true),
            ("kms:", true, false),
        ] {
            assert_eq!(actions.can_be(literal, is_start), expected, "{literal}");
        }
    }

    #[test]
    fn many_patterns_become_services_and_many_services_any_action() {
        let of_services = |services: usize, names: usize| {
            let mut actions = ActionsOf::default();
            for service in 0..services {
                for name in 0..names {
                    actions.add(Some(&ActionPattern::parse(&format!("s{service}:Name{name}"))));
                }
            }
            actions
        };
        let few = of_services(1, MOST_PATTERNS);
        assert!(!few.can_be("s0:other", false) && few.can_be("s0:name1", false));
        let many = of_services(3, MOST_PATTERNS);
        assert!(many.can_be("s2:other", false) && !many.can_be("s3:name1", false));
        assert_eq!(of_services(MOST_PATTERNS + 1, 1), ActionsOf::ANY);
        assert_eq!(actions(&["s3:*", "s3:Get*", "s3:PutObject"]), actions(&["s3:*"]));
        assert_eq!(actions(&["s3:Get*", "*"]), ActionsOf::ANY);
    }

    #[test]
    fn facts_as_bytes_are_the_same_facts() {
        for actions in [
            actions(&["s3:Get*", "sqs:?endMessage"]),
            ActionsOf::ANY,
            actions(&[]),
        ] {
            let bytes = postcard::to_allocvec(&actions).unwrap();
            assert_eq!(postcard::from_bytes::<ActionsOf>(&bytes).unwrap(), actions);
        }
    }
}
