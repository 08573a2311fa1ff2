//! Names the condition operators.

use std::cmp::Ordering;

/// Says how values of a set are combined
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueSet {
    /// The set operator `ForAllValues`: every value of the request passes; true without any
    All,
    /// The set operator `ForAnyValue`: some value of the request passes; false without any
    Any,
}

/// Says what an operator compares
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// The texts are equal.
    StringEquals,
    /// Equal text, ignoring case
    StringEqualsIgnoreCase,
    /// Text with wildcards
    StringLike,
    /// ARN with wildcards; `ArnEquals` is the same
    ArnLike,
    /// Decimal number in this order to the policy's, or equal where the flag says so
    Numeric(Order),
    /// Instant in this order to the policy's
    Date(Order),
    /// `true` or `false`
    Bool,
    /// Bytes given in base64
    BinaryEquals,
    /// Address within a network
    IpAddress,
}

/// Orders that numbers and dates are compared by
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// The numbers or times are equal.
    Equals,
    /// Before the policy's value
    LessThan,
    /// Before it or equal
    LessThanEquals,
    /// After the policy's value
    GreaterThan,
    /// After it or equal
    GreaterThanEquals,
}

impl Order {
    pub(super) const fn holds(self, request_to_policy: Ordering) -> bool {
        match self {
            Self::Equals => request_to_policy.is_eq(),
            Self::LessThan => request_to_policy.is_lt(),
            Self::LessThanEquals => request_to_policy.is_le(),
            Self::GreaterThan => request_to_policy.is_gt(),
            Self::GreaterThanEquals => request_to_policy.is_ge(),
        }
    }
}

/// A condition operator without its `IfExists`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues` or `ForAnyValue`
    pub set: Option<ValueSet>,
    /// Says what is compared
    pub comparison: Comparison,
    /// The `Not…` form
    pub negated: bool,
}

/// An operator's name, read
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Null,
    Compare { operator: Operator, if_exists: bool },
}

const NAMES: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::StringEquals, false),
    ("StringNotEquals", Comparison::StringEquals, true),
    (
        "StringEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::StringEqualsIgnoreCase,
        true,
    ),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("ArnLike", Comparison::ArnLike, false),
    ("ArnNotLike", Comparison::ArnLike, true),
    ("ArnEquals", Comparison::ArnLike, false),
    ("ArnNotEquals", Comparison::ArnLike, true),
    ("NumericEquals", Comparison::Numeric(Order::Equals), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equals), true),
    ("NumericLessThan", Comparison::Numeric(Order::LessThan), false),
    (
        "NumericLessThanEquals",
        Comparison::Numeric(Order::LessThanEquals),
        false,
    ),
    (
        "NumericGreaterThan",
        Comparison::Numeric(Order::GreaterThan),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Comparison::Numeric(Order::GreaterThanEquals),
        false,
    ),
    ("DateEquals", Comparison::Date(Order::Equals), false),
    ("DateNotEquals", Comparison::Date(Order::Equals), true),
    ("DateLessThan", Comparison::Date(Order::LessThan), false),
    (
        "DateLessThanEquals",
        Comparison::Date(Order::LessThanEquals),
        false,
    ),
    ("DateGreaterThan", Comparison::Date(Order::GreaterThan), false),
    (
        "DateGreaterThanEquals",
        Comparison::Date(Order::GreaterThanEquals),
        false,
    ),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::BinaryEquals, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("Null", Comparison::Bool, false),
];

/// Reads an operator's name in any case; the flag says whether it was written in the documented one.
pub(super) fn read(text: &str) -> Option<(Named, bool)> {
    let (set, rest) = match text.split_once(':') {
        Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Some(ValueSet::All), rest),
        Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Some(ValueSet::Any), rest),
        Some(_) => return None,
        None => (None, text),
    };
    let base = rest
        .len()
        .checked_sub("IfExists".len())
        .and_then(|at| rest.split_at_checked(at));
    let (base, if_exists) = match base {
        Some((base, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (base, true),
        Some(_) | None => (rest, false),
    };
    let &(name, comparison, negated) = NAMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(base))?;
    let written = match set {
        Some(ValueSet::All) => "ForAllValues:",
        Some(ValueSet::Any) => "ForAnyValue:",
        None => "",
    };
    let canonical = text == format!("{written}{name}{}", if if_exists { "IfExists" } else { "" });
    if name == "Null" {
        return (set.is_none() && !if_exists).then_some((Named::Null, canonical));
    }
    Some((
        Named::Compare {
            operator: Operator {
                set,
                comparison,
                negated,
            },
            if_exists,
        },
        canonical,
    ))
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.set {
            Some(ValueSet::All) => f.write_str("ForAllValues:")?,
            Some(ValueSet::Any) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        let own = NAMES
            .iter()
            .find(|(_, comparison, negated)| (*comparison, *negated) == (self.comparison, self.negated));
        f.write_str(own.map_or("", |(name, ..)| name))
    }
}
