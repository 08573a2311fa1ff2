//! Reads the values of condition operators: exact decimals, instants, networks, bytes.

use super::operator::Comparison;
use crate::arn::Arn;
use crate::context::ConditionKeys;
use crate::document::Version;
use crate::glob::Glob;
use crate::variable::{Expansion, Template, Wildcards};
use base64::prelude::{BASE64_STANDARD, Engine};
use std::cmp::Ordering;

/// A decimal number of any length
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Decimal {
    negative: bool,
    /// The digits before the point, without leading zeros
    integer: Box<str>,
    /// The digits behind the point, without trailing zeros
    fraction: Box<str>,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(integer) || !all_digits(fraction) {
            return None;
        }
        let (integer, fraction) = (integer.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = integer.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            integer: integer.into(),
            fraction: fraction.into(),
        })
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        let by_length = self.integer.len().cmp(&other.integer.len());
        by_length
            .then_with(|| self.integer.cmp(&other.integer))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads ISO 8601 (a year, a month, a day, a time with or without offset; UTC where none is given) or seconds since
/// 1970.
pub(super) fn instant(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if numeric && text.len() != 4 {
        return text
            .parse()
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    }
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    // Short times such as `2026-01-01T10:00Z` end in a letter that a civil time does not have.
    let civil = full.strip_suffix('Z').unwrap_or(&full);
    let time: jiff::civil::DateTime = civil.parse().ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
}

pub(super) fn network(text: &str) -> Option<ipnet::IpNet> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// One value of a policy's condition, compiled for its operator
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    Text(Template),
    /// An ARN without variables
    Arn(Glob),
    Number(Decimal),
    Instant(jiff::Timestamp),
    Bytes(Vec<u8>),
    Network(ipnet::IpNet),
    Unparsable,
}

/// A comparison of one value of the request with one of the policy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    Match,
    Differ,
    /// A policy variable is not known yet
    Unknown,
    /// Neither a match nor its opposite: text that cannot be read, a variable without value
    Neither,
}

impl From<bool> for Compared {
    fn from(matched: bool) -> Self {
        if matched { Self::Match } else { Self::Differ }
    }
}

impl Operand {
    pub(super) fn compile(text: &str, comparison: Comparison, version: Version) -> Self {
        match comparison {
            Comparison::StringLike => Self::Text(Template::parse(text, version, Wildcards::Count)),
            Comparison::ArnLike => {
                let template = Template::parse(text, version, Wildcards::Count);
                match template.fixed() {
                    Some(tokens) => crate::arn::condition_pattern(tokens).map_or(Self::Unparsable, Self::Arn),
                    None => Self::Text(template),
                }
            }
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::Bool => {
                Self::Text(Template::parse(text, version, Wildcards::Literal))
            }
            Comparison::Numeric(_) => Decimal::parse(text).map_or(Self::Unparsable, Self::Number),
            Comparison::Date(_) => instant(text).map_or(Self::Unparsable, Self::Instant),
            Comparison::BinaryEquals => BASE64_STANDARD.decode(text).map_or(Self::Unparsable, Self::Bytes),
            Comparison::IpAddress => network(text).map_or(Self::Unparsable, Self::Network),
        }
    }

    pub(super) fn template(&self) -> Option<&Template> {
        match self {
            Self::Text(template) => Some(template),
            Self::Arn(_)
            | Self::Number(_)
            | Self::Instant(_)
            | Self::Bytes(_)
            | Self::Network(_)
            | Self::Unparsable => None,
        }
    }

    pub(super) fn compare(&self, comparison: Comparison, value: &str, keys: &dyn ConditionKeys) -> Compared {
        match self {
            Self::Text(template) => match template.expand(keys) {
                Expansion::Unknown => Compared::Unknown,
                Expansion::NoValue => Compared::Neither,
                Expansion::Tokens(tokens) if comparison == Comparison::ArnLike => {
                    crate::arn::condition_pattern(&tokens)
                        .map_or(Compared::Neither, |pattern| compare_arn(&pattern, value))
                }
                Expansion::Tokens(tokens) => text_matches(comparison, &tokens, value).into(),
            },
            Self::Arn(pattern) => compare_arn(pattern, value),
            Self::Number(own) => match (Decimal::parse(value), comparison) {
                (Some(value), Comparison::Numeric(order)) => order.holds(value.cmp(own)).into(),
                (_, _) => Compared::Neither,
            },
            Self::Instant(own) => match (instant(value), comparison) {
                (Some(value), Comparison::Date(order)) => order.holds(value.cmp(own)).into(),
                (_, _) => Compared::Neither,
            },
            Self::Bytes(own) => match BASE64_STANDARD.decode(value) {
                Ok(bytes) => (bytes == *own).into(),
                Err(_) => Compared::Neither,
            },
            Self::Network(own) => match network(value) {
                Some(value) => own.contains(&value).into(),
                None => Compared::Neither,
            },
            Self::Unparsable => Compared::Neither,
        }
    }
}

fn text_matches(comparison: Comparison, tokens: &[u8], value: &str) -> bool {
    match comparison {
        Comparison::StringEquals => tokens == value.as_bytes(),
        Comparison::StringEqualsIgnoreCase => {
            std::str::from_utf8(tokens).is_ok_and(|own| own.to_lowercase() == value.to_lowercase())
        }
        Comparison::StringLike => crate::glob::matches(tokens, value.as_bytes()),
        Comparison::Bool => {
            let own = std::str::from_utf8(tokens).ok().and_then(boolean);
            own.is_some() && own == boolean(value)
        }
        Comparison::ArnLike
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::BinaryEquals
        | Comparison::IpAddress => false,
    }
}

/// Returns a value that is no ARN passes neither operator, whatever the pattern, as IAM's policy simulator has it.
fn compare_arn(pattern: &Glob, value: &str) -> Compared {
    if Arn::parse(value).is_err() {
        return Compared::Neither;
    }
    pattern.matches(value).into()
}
