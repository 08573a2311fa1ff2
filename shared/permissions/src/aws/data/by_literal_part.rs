//! Finds the patterns that a value may match. Each pattern is found by a few of its letters, which few other patterns have.

use foldhash::{HashMap, HashMapExt};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The most bytes of a part. A value is looked up with all its parts of each length, so that there must be few lengths.
const LONGEST: usize = 8;

/// A part with fewer bytes is used only when the pattern has no longer one, because most values contain such a part.
const SHORTEST: usize = 3;

/// Numbers of statements, by the patterns that they name; `*` and `?` are wildcards
#[derive(Debug, Default)]
pub(super) struct ByLiteralPart {
    patterns: Vec<(Box<str>, usize)>,
    /// Made when a value is first looked up
    index: OnceLock<Index>,
}

/// Each pattern by one of its parts
#[derive(Debug, Default)]
struct Index {
    by_part: HashMap<Box<[u8]>, Vec<usize>>,
    /// The lengths of the parts
    lengths: BTreeSet<usize>,
    /// The statements with patterns that have no letter
    of_any_value: Vec<usize>,
}

impl ByLiteralPart {
    pub(super) fn add(&mut self, pattern: &str, statement: usize) {
        self.patterns.push((pattern.into(), statement));
        self.index = OnceLock::new();
    }

    /// Returns all statements with a pattern that matches a value. Other statements may be among them, and a statement may come
    /// several times. The statements have no order.
    pub(super) fn of<'i>(&'i self, value: &'i str) -> impl Iterator<Item = usize> + 'i {
        let index = self.index.get_or_init(|| Index::new(&self.patterns));
        let lengths = index.lengths.iter();
        let parts = lengths.flat_map(|&length| value.as_bytes().windows(length));
        let found = parts.filter_map(|part| index.by_part.get(part));
        found.chain([&index.of_any_value]).flatten().copied()
    }
}

impl Index {
    fn new(patterns: &[(Box<str>, usize)]) -> Self {
        let mut counts: HashMap<&[u8], usize> = HashMap::new();
        for part in patterns.iter().flat_map(|(pattern, _)| parts(pattern)) {
            let count = counts.entry(part).or_default();
            *count = count.saturating_add(1);
        }
        let mut index = Self::default();
        for (pattern, statement) in patterns {
            let rarest = parts(pattern).min_by_key(|part| {
                let count = counts.get(part).copied();
                (part.len() < SHORTEST, count, Reverse(part.len()))
            });
            match rarest {
                Some(part) => {
                    index.lengths.insert(part.len());
                    index.by_part.entry(part.into()).or_default().push(*statement);
                }
                None => index.of_any_value.push(*statement),
            }
        }
        index
    }
}

/// Returns the parts of a pattern. Each value that matches the pattern contains all of these parts.
fn parts(pattern: &str) -> impl Iterator<Item = &[u8]> {
    let literals = pattern.split(['*', '?']).map(str::as_bytes);
    let literals = literals.filter(|literal| !literal.is_empty());
    literals.flat_map(|literal| literal.windows(literal.len().min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::glob::Glob;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_patterns_are_found_that_match_a_value(
            patterns in prop::collection::vec("(arn:user/|é)?[ab*?é]{0,6}(/[ab]{0,9})?", 1..8),
            value in "(arn:user/|é)?[abé]{0,5}(/[ab]{0,9})?",
        ) {
            let mut index = ByLiteralPart::default();
            for (number, pattern) in patterns.iter().enumerate() {
                index.add(pattern, number);
            }
            let found: BTreeSet<usize> = index.of(&value).collect();
            for (number, pattern) in patterns.iter().enumerate() {
                prop_assert!(!Glob::parse(pattern).matches(&value) || found.contains(&number), "{pattern}");
            }
        }
    }

    #[test]
    fn patterns_are_found_by_what_tells_them_apart() {
        let mut index = ByLiteralPart::default();
        for number in 100..300 {
            let patterns = [
                format!("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/Reserved_{number}_*"),
                format!("arn:aws:iam::111122223333:role/*-x{number}"),
                format!("arn:aws:iam::111122223333:user/{number}*"),
            ];
            for pattern in patterns {
                index.add(&pattern, number);
            }
        }
        for value in [
            "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/Reserved_217_abc",
            "arn:aws:iam::111122223333:role/a-x217",
            "arn:aws:iam::111122223333:user/217",
        ] {
            let found: Vec<usize> = index.of(value).collect();
            assert_eq!(found, [217], "{value}");
        }
    }
}
