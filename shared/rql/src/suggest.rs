//! Suggests how a half-written query may go on.

use serde::Serialize;

use crate::attribute::{ATTRIBUTES, Attribute, Kind};
use crate::error::{Expected, MAX_CHARACTERS, QueryError};
use crate::known_values::KnownValues;
use crate::parser::Parser;
use crate::position::{Locator, Span, characters};
use crate::token::{Bad, Token};

/// Most suggestions of one reply.
pub const MAX_SUGGESTIONS: usize = 100;

/// Says how a text may go on.
///
/// Taking a suggestion means: cut the text at `offset`, put a space if two letters or digits would touch, and add the
/// suggestion. The result is a query or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestions {
    /// The text as it stands is a query that can be run.
    pub valid: bool,
    /// Characters from the start of the text to where a suggestion goes: the end, the start of the unfinished word, or the
    /// place of the first error.
    pub offset: u32,
    /// Says what fits there, each once, in grammar order, at most [`MAX_SUGGESTIONS`].
    pub suggestions: Vec<String>,
}

/// Suggests how `text`, which ends at the cursor, may go on.
///
/// The suggestions are what the parser would have accepted, so they cannot disagree with it. A word that touches the end is
/// unfinished if some longer word fits too; it then narrows the suggestions. Where a string is expected, the values that
/// `known` has for the attribute follow those of the language.
#[must_use]
pub fn suggest(text: &str, known: &impl KnownValues) -> Suggestions {
    let mut parser = Parser::new(text);
    let result = parser.query();
    let valid = result.is_ok();
    let end = Span {
        start: text.len(),
        length: 0,
    };
    let (place, expected, prefix) = match &result {
        Err(error) if parser.token != Token::End => stopped(&parser, error, text),
        _ => match longer_words(&parser, text) {
            Some((span, word)) if !valid => (span, parser.previous_expected.as_slice(), word),
            _ => (end, parser.expected.as_slice(), ""),
        },
    };
    let offset = Locator::new(text).locate(place).offset;
    // With the inserted text and the separating space, the query must still be within its limit.
    let room = u32::try_from(MAX_CHARACTERS)
        .unwrap_or(u32::MAX)
        .saturating_sub(offset.saturating_add(1));
    let mut suggestions: Vec<String> = Vec::new();
    for spelling in expected
        .iter()
        .flat_map(|expected| spellings(expected, prefix, known))
    {
        if suggestions.len() == MAX_SUGGESTIONS {
            break;
        }
        if begins(&spelling, prefix) && characters(&spelling) <= room && !suggestions.contains(&spelling) {
            suggestions.push(spelling);
        }
    }
    Suggestions {
        valid,
        offset,
        suggestions,
    }
}

/// Returns where the parser stopped before the end, what it would have accepted there, and which part of that is typed
/// already.
fn stopped<'a>(
    parser: &'a Parser<'_>,
    error: &'a QueryError,
    text: &'a str,
) -> (Span, &'a [Expected], &'a str) {
    let unfinished = parser.span.end() == text.len()
        && matches!(
            parser.token,
            Token::Word(_) | Token::Bad(Bad::Unclosed(_) | Bad::Sign(_))
        );
    let prefix = if unfinished {
        text.get(parser.span.start..).unwrap_or_default()
    } else {
        ""
    };
    (parser.span, &error.expected, prefix)
}

/// Returns the last word, if it touches the end of the text and a longer one would fit as well.
fn longer_words<'a>(parser: &Parser<'_>, text: &'a str) -> Option<(Span, &'a str)> {
    let (Token::Word(_), span) = parser.previous else {
        return None;
    };
    let word = text.get(span.start..).filter(|_| span.end() == text.len())?;
    let longer = |spelling: &String| spelling.len() > word.len() && begins(spelling, word);
    parser
        .previous_expected
        .iter()
        .flat_map(|expected| spellings(expected, word, &()))
        .any(|spelling| longer(&spelling))
        .then_some((span, word))
}

fn begins(spelling: &str, prefix: &str) -> bool {
    spelling
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Returns what to write for something expected. Integers and the end have no spelling of their own.
fn spellings(expected: &Expected, prefix: &str, known: &impl KnownValues) -> Vec<String> {
    match expected {
        Expected::Word(word) | Expected::AttributeName(word) => vec![(*word).into()],
        Expected::Attribute => ATTRIBUTES.iter().map(|attribute| attribute.name.into()).collect(),
        Expected::String(attribute) => values(attribute, prefix, known),
        Expected::Integer | Expected::End => Vec::new(),
    }
}

/// Returns the values of an attribute as literals: those of the language, then those that the rows of the tenant can
/// have.
fn values(attribute: &Attribute, prefix: &str, known: &impl KnownValues) -> Vec<String> {
    let quoted = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let mut all: Vec<String> = attribute
        .values
        .known()
        .iter()
        .map(|value| quoted(value))
        .collect();
    if let Kind::Text(text) = attribute.kind {
        let begun = prefix
            .strip_prefix('\'')
            .unwrap_or_default()
            .replace("''", "'")
            .to_lowercase();
        let of_rows = known.values(text, &begun, MAX_SUGGESTIONS);
        all.extend(of_rows.iter().map(|value| quoted(value)));
    }
    all
}

#[cfg(test)]
mod tests;
