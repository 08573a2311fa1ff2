//! Reads texts with policy variables: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

#[cfg(test)]
mod tests;

use crate::context::{ConditionKeys, Lookup};
use crate::document::Version;
use crate::glob::STAR;
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Tokens(Box<[u8]>),
    Variable {
        key: Box<str>,
        default: Option<Box<str>>,
    },
}

/// Says whether `*` and `?` are wildcards
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Count,
    Literal,
}

/// A pattern whose variables are filled in per request
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Template {
    parts: Box<[Part]>,
}

/// A template after its variables
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expansion<'a> {
    /// The tokens of a pattern; substituted text is literal
    Tokens(Cow<'a, [u8]>),
    /// The value of a variable is not known
    Unknown,
    /// A variable has no value and no default
    NoValue,
}

impl Template {
    pub(crate) fn parse(text: &str, version: Version, wildcards: Wildcards) -> Self {
        let mut parts = Vec::new();
        let mut tokens: Vec<u8> = Vec::new();
        let mut rest = text;
        while let Some((before, inner, after)) = split_variable(rest, version) {
            push_text(&mut tokens, before, wildcards);
            match inner {
                "*" | "?" | "$" => tokens.extend(inner.bytes()),
                _ => {
                    if !tokens.is_empty() {
                        parts.push(Part::Tokens(std::mem::take(&mut tokens).into()));
                    }
                    parts.push(variable(inner));
                }
            }
            rest = after;
        }
        push_text(&mut tokens, rest, wildcards);
        if !tokens.is_empty() || parts.is_empty() {
            parts.push(Part::Tokens(tokens.into()));
        }
        Self { parts: parts.into() }
    }

    /// Returns the tokens when there is no variable.
    pub(crate) fn fixed(&self) -> Option<&[u8]> {
        match &*self.parts {
            [Part::Tokens(tokens)] => Some(tokens),
            _ => None,
        }
    }

    /// Returns the keys, in lower case, whose values are filled in.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(&**key),
            Part::Tokens(_) => None,
        })
    }

    /// Returns whether some request may leave the template without a value.
    pub(crate) fn may_lack_value(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Variable { default: None, .. }))
    }

    /// Returns the tokens with a star for every variable: matches whatever any expansion matches.
    pub(crate) fn widest(&self) -> Vec<u8> {
        let mut tokens = Vec::new();
        for part in &self.parts {
            match part {
                Part::Tokens(own) => tokens.extend_from_slice(own),
                Part::Variable { .. } => tokens.push(STAR),
            }
        }
        tokens
    }

    pub(crate) fn expand(&self, keys: &(impl ConditionKeys + ?Sized)) -> Expansion<'_> {
        if let Some(tokens) = self.fixed() {
            return Expansion::Tokens(Cow::Borrowed(tokens));
        }
        let mut tokens = Vec::new();
        let mut unknown = false;
        for part in &self.parts {
            match part {
                Part::Tokens(own) => tokens.extend_from_slice(own),
                Part::Variable { key, default } => match (keys.lookup(key), default) {
                    (Lookup::Present([value]), _) => tokens.extend_from_slice(value.as_bytes()),
                    (Lookup::Absent, Some(default)) => tokens.extend_from_slice(default.as_bytes()),
                    // The key has several values: only single-valued keys may stand in a variable.
                    (Lookup::Present(_), _) | (Lookup::Absent, None) => return Expansion::NoValue,
                    (Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown, _) => unknown = true,
                },
            }
        }
        if unknown {
            Expansion::Unknown
        } else {
            Expansion::Tokens(Cow::Owned(tokens))
        }
    }
}

/// Returns the text before a variable, the text between its braces, and the text after it.
fn split_variable(text: &str, version: Version) -> Option<(&str, &str, &str)> {
    if version == Version::V2008 {
        return None;
    }
    let (before, rest) = text.split_once("${")?;
    let (inner, after) = rest.split_once('}')?;
    Some((before, inner, after))
}

fn push_text(tokens: &mut Vec<u8>, text: &str, wildcards: Wildcards) {
    match wildcards {
        Wildcards::Count => tokens.extend(crate::glob::wild(text)),
        Wildcards::Literal => tokens.extend(text.bytes()),
    }
}

fn variable(inner: &str) -> Part {
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            let quoted = default
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''));
            (key, Some(quoted.unwrap_or(default).into()))
        }
        None => (inner, None),
    };
    Part::Variable {
        key: key.trim().to_lowercase().into(),
        default,
    }
}
