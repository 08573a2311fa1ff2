//! One operator applied to one condition key.

use super::operator::{Comparison, Operator, ValueSet};
use super::value::{Compared, Operand};
use crate::context::{ConditionKeys, Lookup};
use crate::document::Version;
use crate::glob::{Containment, Glob};
use crate::variable::{Expansion, Template};

/// A condition operator, its key and its values
#[derive(Debug, Clone)]
pub struct KeyTest {
    operator: Operator,
    key: Box<str>,
    values: Box<[String]>,
    version: Version,
    operands: Box<[Operand]>,
}

impl KeyTest {
    pub(super) fn compile(operator: Operator, key: &str, values: &[String], version: Version) -> Self {
        // The values have one order and no repetition, so that equal tests in different spellings are one atom.
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        let operands = values
            .iter()
            .map(|text| Operand::compile(text, operator.comparison, version))
            .collect();
        Self {
            operator,
            key: key.to_lowercase().into(),
            values: values.into(),
            version,
            operands,
        }
    }

    pub(crate) fn string_like(key: &str, pattern: &str) -> Self {
        let operator = Operator {
            set: None,
            comparison: Comparison::StringLike,
            negated: false,
        };
        Self::compile(operator, key, &[pattern.to_owned()], Version::V2008)
    }

    /// Returns the operator of the test.
    #[must_use]
    pub const fn operator(&self) -> Operator {
        self.operator
    }

    /// Returns the condition key, in lower case.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the policy's values, sorted.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Returns the keys, in lower case, whose values the policy's values are made of.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let templates = self.operands.iter().filter_map(Operand::template);
        templates.flat_map(Template::variables)
    }

    /// Returns the values that the operator cannot read.
    pub(super) fn unparsable(&self) -> impl Iterator<Item = &String> {
        let pairs = self.operands.iter().zip(&self.values);
        pairs.filter_map(|(operand, text)| (*operand == Operand::Unparsable).then_some(text))
    }

    /// Returns the positive test that this one is the exact negation of.
    ///
    /// ARNs, numbers, dates and addresses have no exact complement, because text that cannot be read passes neither form;
    /// nor have values with a variable that may be missing.
    pub(super) fn complement(&self) -> Option<Self> {
        let text = match self.operator.comparison {
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike => true,
            Comparison::ArnLike
            | Comparison::Numeric(_)
            | Comparison::Date(_)
            | Comparison::Bool
            | Comparison::BinaryEquals
            | Comparison::IpAddress => false,
        };
        let lacking = self
            .operands
            .iter()
            .filter_map(Operand::template)
            .any(Template::may_lack_value);
        let exact = text && !lacking && self.operator.negated && self.operator.set.is_none();
        exact.then(|| Self {
            operator: Operator {
                negated: false,
                ..self.operator
            },
            ..self.clone()
        })
    }

    /// Returns whether both tests cannot hold at once: the same test, once negated.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        self.operator.set.is_none()
            && self.operator
                == Operator {
                    negated: !other.operator.negated,
                    ..other.operator
                }
            && (&self.key, &self.values, self.version) == (&other.key, &other.values, other.version)
    }

    pub(super) fn lacks_variable(&self, keys: &dyn ConditionKeys) -> bool {
        let templates = self.operands.iter().filter_map(Operand::template);
        templates
            .filter(|own| own.may_lack_value())
            .any(|own| own.expand(keys) == Expansion::NoValue)
    }

    /// Returns the answer under `keys`; `None` while it depends on something unknown.
    #[must_use]
    pub fn evaluate(&self, keys: &dyn ConditionKeys) -> Option<bool> {
        let values = match keys.lookup(&self.key) {
            Lookup::Unknown => return None,
            Lookup::Other(patterns) => return self.of_other(patterns),
            Lookup::Begins(start) => return self.of_beginning(start),
            Lookup::Absent => {
                return Some(match self.operator.set {
                    Some(ValueSet::All) => true,
                    Some(ValueSet::Any) => false,
                    None => self.operator.negated,
                });
            }
            Lookup::Present(values) => values,
        };
        let all = match self.operator.set {
            Some(ValueSet::All) => true,
            Some(ValueSet::Any) => false,
            // A single-valued key has several values: a match with one is a match, and the negated form is its opposite.
            None => self.operator.negated,
        };
        let mut unknown = false;
        for value in values {
            match self.passes(value, keys) {
                Some(passed) if passed != all => return Some(passed),
                Some(_) => {}
                None => unknown = true,
            }
        }
        if unknown { None } else { Some(all) }
    }

    /// Returns the answer for each value that begins with a text; `None` when such values differ.
    fn of_beginning(&self, start: &str) -> Option<bool> {
        let any_such = Glob::parse(&format!("{start}*"));
        let mut is_open = false;
        for value in &self.values {
            // A variable is in doubt, and so is a wildcard that counts as an ordinary character.
            let is_clear = !value.contains("${");
            match self.operator.comparison {
                Comparison::StringLike if is_clear => {
                    let pattern = Glob::parse(value);
                    if pattern.contains(&any_such) == Containment::Contained {
                        return Some(!self.operator.negated);
                    }
                    is_open |= pattern.overlaps(&any_such);
                }
                Comparison::StringEquals if is_clear && !value.contains(['*', '?']) => {
                    is_open |= value.starts_with(start);
                }
                Comparison::StringEquals
                | Comparison::StringEqualsIgnoreCase
                | Comparison::StringLike
                | Comparison::ArnLike
                | Comparison::Numeric(_)
                | Comparison::Date(_)
                | Comparison::Bool
                | Comparison::BinaryEquals
                | Comparison::IpAddress => is_open = true,
            }
        }
        (!is_open).then_some(self.operator.negated)
    }

    /// Returns the answer for an absent key and for each value that none of the patterns matches; `None` when they differ.
    fn of_other(&self, patterns: &[String]) -> Option<bool> {
        let without_match = match (self.operator.negated, self.operator.set) {
            (false, None | Some(ValueSet::Any)) => false,
            (true, None | Some(ValueSet::All)) => true,
            // An absent key has another answer than a value that differs.
            (false, Some(ValueSet::All)) | (true, Some(ValueSet::Any)) => return None,
        };
        let text = matches!(
            self.operator.comparison,
            Comparison::StringEquals | Comparison::StringLike
        );
        let never_matches = text
            && self.values.iter().all(|value| {
                // A wildcard that counts as an ordinary character is in doubt.
                let is_clear =
                    self.operator.comparison == Comparison::StringLike || !value.contains(['*', '?']);
                let value = Glob::parse(value);
                let mut excluded = patterns.iter().map(|pattern| Glob::parse(pattern));
                is_clear && excluded.any(|pattern| pattern.contains(&value) == Containment::Contained)
            });
        never_matches.then_some(without_match)
    }

    fn passes(&self, value: &str, keys: &dyn ConditionKeys) -> Option<bool> {
        let mut unknown = false;
        let mut matched = false;
        for operand in &self.operands {
            match operand.compare(self.operator.comparison, value, keys) {
                Compared::Match => matched = true,
                Compared::Unknown => unknown = true,
                Compared::Neither if self.operator.negated => return Some(false),
                Compared::Differ | Compared::Neither => {}
            }
        }
        match (matched, unknown) {
            (true, _) => Some(!self.operator.negated),
            (false, true) => None,
            (false, false) => Some(self.operator.negated),
        }
    }

    fn identity(&self) -> (Operator, &str, &[String], Version) {
        (self.operator, &self.key, &self.values, self.version)
    }
}

// The compiled operands follow from the other members.
impl PartialEq for KeyTest {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for KeyTest {}

impl PartialOrd for KeyTest {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyTest {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl std::hash::Hash for KeyTest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl std::fmt::Display for KeyTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({}", self.operator, self.key)?;
        for value in &self.values {
            write!(f, ", {value:?}")?;
        }
        f.write_str(")")
    }
}
