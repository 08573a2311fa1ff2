//! Event filter patterns of an event source mapping: which records of a stream reach the function.
//!
//! Source: AWS Lambda developer guide, "Filter rule syntax". A pattern is an object like the record whose leaves
//! are lists of accepted values or of one-member rules such as `{"prefix": "JOB#"}`.

use serde_json::Value;

/// A pattern that is known to be well-formed
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter(Node);

/// Says why a pattern is refused
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum FilterError {
    /// No JSON text, or no object
    #[error("the filter pattern is no JSON object: {0}")]
    Syntax(String),
    /// A rule that this evaluation does not know
    #[error("filter rule `{0}` is not supported")]
    Rule(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// All members match
    Members(Vec<(String, Node)>),
    /// One of the alternatives of `$or` matches
    Any(Vec<Node>),
    /// The value at this place satisfies one of the rules
    Leaf(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Equals(Value),
    IgnoringCase(String),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Rule>),
    Exists(bool),
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    /// Reads a pattern, given as JSON text or as the object itself.
    ///
    /// # Errors
    /// See [`FilterError`].
    pub(crate) fn parse(pattern: &Value) -> Result<Self, FilterError> {
        let parsed = match pattern.as_str() {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| FilterError::Syntax(error.to_string()))?
            }
            None => pattern.clone(),
        };
        if !parsed.is_object() {
            return Err(FilterError::Syntax(parsed.to_string()));
        }
        node(&parsed).map(Self)
    }

    /// Returns whether the record reaches the function.
    pub(crate) fn accepts(&self, record: &Value) -> bool {
        self.0.accepts(Some(record))
    }
}

fn node(pattern: &Value) -> Result<Node, FilterError> {
    match pattern {
        Value::Object(members) => members
            .iter()
            .map(|(name, pattern)| {
                let node = match (name.as_str(), pattern) {
                    ("$or", Value::Array(alternatives)) => {
                        Node::Any(alternatives.iter().map(node).collect::<Result<_, _>>()?)
                    }
                    _ => node(pattern)?,
                };
                Ok((name.clone(), node))
            })
            .collect::<Result<_, _>>()
            .map(Node::Members),
        Value::Array(rules) => rules.iter().map(rule).collect::<Result<_, _>>().map(Node::Leaf),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(FilterError::Rule(pattern.to_string()))
        }
    }
}

fn rule(rule: &Value) -> Result<Rule, FilterError> {
    let unknown = || FilterError::Rule(rule.to_string());
    let Value::Object(members) = rule else {
        return Ok(Rule::Equals(rule.clone()));
    };
    let mut members = members.iter();
    let (Some((name, argument)), None) = (members.next(), members.next()) else {
        return Err(unknown());
    };
    match (name.as_str(), argument) {
        ("prefix", Value::String(text)) => Ok(Rule::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Rule::Suffix(text.clone())),
        ("equals-ignore-case", Value::String(text)) => Ok(Rule::IgnoringCase(text.clone())),
        ("exists", Value::Bool(wanted)) => Ok(Rule::Exists(*wanted)),
        ("anything-but", Value::Array(excluded)) => excluded
            .iter()
            .map(self::rule)
            .collect::<Result<_, _>>()
            .map(Rule::AnythingBut),
        ("anything-but", excluded) => Ok(Rule::AnythingBut(vec![self::rule(excluded)?])),
        ("numeric", Value::Array(terms)) => terms
            .chunks(2)
            .map(|term| match term {
                [Value::String(operator), Value::Number(bound)] => {
                    let comparison = match operator.as_str() {
                        "=" => Comparison::Equal,
                        "<" => Comparison::Less,
                        "<=" => Comparison::LessOrEqual,
                        ">" => Comparison::Greater,
                        ">=" => Comparison::GreaterOrEqual,
                        _ => return Err(unknown()),
                    };
                    Ok((comparison, bound.as_f64().ok_or_else(unknown)?))
                }
                _ => Err(unknown()),
            })
            .collect::<Result<_, _>>()
            .map(Rule::Numeric),
        _ => Err(unknown()),
    }
}

impl Node {
    fn accepts(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Members(members) => members.iter().all(|(name, node)| match node {
                Self::Any(_) => node.accepts(value),
                Self::Members(_) | Self::Leaf(_) => node.accepts(value.and_then(|value| value.get(name))),
            }),
            Self::Any(alternatives) => alternatives.iter().any(|node| node.accepts(value)),
            Self::Leaf(rules) => rules.iter().any(|rule| rule.accepts_place(value)),
        }
    }
}

impl Rule {
    /// Returns a list in the record satisfies a rule when one of its items does.
    fn accepts_place(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // Only scalars count as existing, because "exists" works on leaves.
            (Self::Exists(wanted), value) => *wanted == value.is_some_and(|value| !value.is_object()),
            (_, None) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.accepts(item)),
            (_, Some(value)) => self.accepts(value),
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Equals(wanted) => value == wanted,
            Self::IgnoringCase(wanted) => value
                .as_str()
                .is_some_and(|text| text.to_lowercase() == wanted.to_lowercase()),
            Self::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => value.as_str().is_some_and(|text| text.ends_with(suffix)),
            Self::AnythingBut(excluded) => !excluded.iter().any(|rule| rule.accepts(value)),
            Self::Exists(wanted) => *wanted,
            Self::Numeric(terms) => {
                // DynamoDB writes numbers as text, and Lambda reads them as numbers for this rule.
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                number.is_some_and(|number| {
                    terms
                        .iter()
                        .all(|(comparison, bound)| comparison.holds(number, *bound))
                })
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: f64, right: f64) -> bool {
        match left.partial_cmp(&right) {
            Some(std::cmp::Ordering::Less) => matches!(self, Self::Less | Self::LessOrEqual),
            Some(std::cmp::Ordering::Equal) => {
                matches!(self, Self::Equal | Self::LessOrEqual | Self::GreaterOrEqual)
            }
            Some(std::cmp::Ordering::Greater) => matches!(self, Self::Greater | Self::GreaterOrEqual),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
