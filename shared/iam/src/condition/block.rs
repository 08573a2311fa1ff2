//! Turns a statement's condition block into one expression.

use super::expression::{Atom, Expression};
use super::key_test::KeyTest;
use super::operator::{self, Named, ValueSet};
use crate::document::{Condition, Version};

/// Something about a condition that a reader should know
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ConditionFinding {
    /// The operator does not exist; its condition stays unknown
    #[error("unknown condition operator `{0}`")]
    UnknownOperator(String),
    /// The operator is not written as documented; it works all the same
    #[error("condition operator `{0}` is not written as documented")]
    OperatorSpelling(String),
    /// A number, date, address or base64 text that cannot be read; it passes no operator
    #[error("`{value}` is not a value that {operator} takes on `{key}`")]
    Unparsable {
        /// The operator, as the document writes it.
        operator: String,
        /// The condition key
        key: String,
        /// The value that the operator cannot take.
        value: String,
    },
    /// A multivalued key without `ForAllValues` or `ForAnyValue`; taken as the latter
    #[error("multivalued key `{0}` without a set operator")]
    MissingSetOperator(String),
    /// `ForAllValues` is true when the key is absent, which an Allow seldom means
    #[error("ForAllValues on `{0}` is true when the key is absent")]
    ForAllValuesOfAbsentKey(String),
}

/// Global condition keys that may have several values.
///
/// Source: IAM user guide, "AWS global condition context keys".
const MULTIVALUED: [&str; 8] = [
    "aws:calledvia",
    "aws:chatbotsourcearns",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
];

/// A compiled condition block
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// All conditions at once, nothing known yet
    pub expression: Expression,
    /// The findings in document order
    pub findings: Vec<ConditionFinding>,
}

/// Compiles a condition block; an empty one is true.
#[must_use]
pub fn compile(conditions: &[Condition], version: Version) -> Compiled {
    let mut findings = Vec::new();
    let mut parts = Vec::with_capacity(conditions.len());
    for condition in conditions {
        parts.push(part(condition, version, &mut findings));
    }
    Compiled {
        expression: Expression::all(parts),
        findings,
    }
}

fn part(condition: &Condition, version: Version, findings: &mut Vec<ConditionFinding>) -> Expression {
    let Some((named, canonical)) = operator::read(&condition.operator) else {
        findings.push(ConditionFinding::UnknownOperator(condition.operator.clone()));
        let Condition {
            operator,
            key,
            values,
        } = condition.clone();
        return Expression::atom(Atom::Unsupported {
            operator,
            key,
            values,
        });
    };
    if !canonical {
        findings.push(ConditionFinding::OperatorSpelling(condition.operator.clone()));
    }
    let (mut operator, if_exists) = match named {
        Named::Null => return null(condition, findings),
        Named::Compare { operator, if_exists } => (operator, if_exists),
    };
    let key = condition.key.to_lowercase();
    if operator.set.is_none() && MULTIVALUED.contains(&key.as_str()) {
        findings.push(ConditionFinding::MissingSetOperator(condition.key.clone()));
        operator.set = Some(ValueSet::Any);
    }
    if operator.set == Some(ValueSet::All) {
        findings.push(ConditionFinding::ForAllValuesOfAbsentKey(condition.key.clone()));
    }
    let test = KeyTest::compile(operator, &key, &condition.values, version);
    findings.extend(test.unparsable().map(|value| ConditionFinding::Unparsable {
        operator: condition.operator.clone(),
        key: condition.key.clone(),
        value: value.clone(),
    }));
    let expression = match test.complement() {
        Some(positive) => Expression::atom(Atom::Key(positive)).negate(),
        None => Expression::atom(Atom::Key(test)),
    };
    let true_when_absent =
        operator.set == Some(ValueSet::All) || (operator.set.is_none() && operator.negated);
    if if_exists && !true_when_absent {
        return expression.or(Expression::atom(Atom::Null(key.into())));
    }
    expression
}

fn null(condition: &Condition, findings: &mut Vec<ConditionFinding>) -> Expression {
    let mut wanted = Vec::new();
    for value in &condition.values {
        let absent = Expression::atom(Atom::Null(condition.key.to_lowercase().into()));
        if value.eq_ignore_ascii_case("true") {
            wanted.push(absent);
        } else if value.eq_ignore_ascii_case("false") {
            wanted.push(absent.negate());
        } else {
            let (operator, key) = (condition.operator.clone(), condition.key.clone());
            findings.push(ConditionFinding::Unparsable {
                operator,
                key,
                value: value.clone(),
            });
        }
    }
    Expression::any(wanted)
}
