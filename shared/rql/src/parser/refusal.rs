//! Makes the error that explains the place where reading stops.

use super::Parser;
use super::predicate::RESERVED;
use crate::attribute::{Attribute, Kind};
use crate::error::{ErrorKind, Expected, QueryError, SyntaxError};
use crate::position::Locator;
use crate::spelling;
use crate::token::{Bad, Token};
use std::borrow::Cow;

impl<'q> Parser<'q> {
    pub(super) fn error(&mut self, kind: ErrorKind, suggestion: Option<Cow<'static, str>>) -> QueryError {
        QueryError {
            kind,
            position: Locator::new(self.text).locate(self.span),
            expected: self.expected.clone(),
            suggestion,
        }
    }

    pub(super) fn unexpected(&mut self) -> QueryError {
        self.step_back_to_unclosed_string();
        let mut suggestion = self.with_quotes();
        let error = match self.token {
            Token::End => SyntaxError::Unexpected {
                found: "end of query".into(),
            },
            Token::Word(word) => {
                let words = self.expected.iter().filter_map(|expected| match expected {
                    Expected::Word(word) | Expected::AttributeName(word) => Some(*word),
                    Expected::Attribute | Expected::String(_) | Expected::Integer | Expected::End => None,
                });
                suggestion = suggestion.or_else(|| spelling::keyword(word, words).map(Into::into));
                SyntaxError::Unexpected { found: self.found() }
            }
            Token::Text(_) | Token::Integer(_) | Token::Sign(_) => {
                SyntaxError::Unexpected { found: self.found() }
            }
            Token::Bad(Bad::Character(character)) => SyntaxError::Character {
                name: name_of(character),
            },
            Token::Bad(Bad::Unclosed(_)) => SyntaxError::UnclosedString,
            Token::Bad(Bad::Sign(found)) => {
                suggestion = spelling::sign(found).map(Into::into);
                SyntaxError::UnknownSign { found: found.into() }
            }
            Token::Bad(Bad::IntegerRange) => SyntaxError::IntegerRange,
            Token::Bad(Bad::IntegerSuffix) => SyntaxError::IntegerSuffix {
                found: excerpt(self.source()),
            },
        };
        self.error(ErrorKind::Syntax(error), suggestion)
    }

    pub(super) fn unknown_attribute(&mut self, name: &str) -> QueryError {
        let suggestion = spelling::attribute(name).map(Into::into);
        self.error(ErrorKind::UnknownAttribute { name: excerpt(name) }, suggestion)
    }

    /// Returns a value of the wrong type; a missing value is a matter of syntax.
    pub(super) fn invalid_value(&mut self, attribute: &Attribute) -> QueryError {
        match self.token {
            Token::Word(word) => {
                if attribute.comparable().is_some() && word.contains('.') && Attribute::find(word).is_none() {
                    return self.unknown_attribute(word);
                }
                if RESERVED
                    .iter()
                    .any(|reserved| reserved.eq_ignore_ascii_case(word))
                    && !matches!(word.to_ascii_lowercase().as_str(), "true" | "false")
                {
                    return self.unexpected();
                }
            }
            Token::Text(_) | Token::Integer(_) => {}
            // Digits without quotes are most likely an account: the fault is the missing quotes, not the size.
            Token::Bad(Bad::IntegerRange) if !matches!(attribute.kind, Kind::Int(_)) => {}
            Token::Sign(_) | Token::End | Token::Bad(_) => return self.unexpected(),
        }
        let suggestion = match (self.token, attribute.kind) {
            // Quotes around a value that has none are as common as a misspelt value.
            (Token::Word(word) | Token::Text(word), Kind::Bool(_)) => {
                spelling::keyword(word, ["true", "false"]).map(Into::into)
            }
            (Token::Text(digits), Kind::Int(_)) => {
                digits.parse::<u32>().ok().map(|number| number.to_string().into())
            }
            _ => self.with_quotes(),
        };
        let kind = ErrorKind::InvalidValue {
            attribute: attribute.name,
            found: self.found(),
        };
        self.error(kind, suggestion)
    }

    /// Takes in the whole of a string that has no quotes, and returns it with quotes; `None` where no string can be.
    fn with_quotes(&mut self) -> Option<Cow<'static, str>> {
        let may_be_bare = match self.token {
            Token::Word(_) | Token::Integer(_) | Token::Bad(Bad::IntegerRange | Bad::IntegerSuffix) => true,
            Token::Text(_) | Token::Sign(_) | Token::End | Token::Bad(_) => false,
        };
        let can_be_string = |expected: &Expected| matches!(expected, Expected::String(_));
        if !may_be_bare || !self.expected.iter().any(can_be_string) {
            return None;
        }
        let rest = self.text.get(self.span.start..)?;
        let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | ',' | '(' | ')');
        let bare = rest.get(..rest.find(is_end).unwrap_or(rest.len()))?;
        // `iam` alone is a keyword, and `iam:PassRole` is a value.
        if RESERVED
            .iter()
            .any(|reserved| reserved.eq_ignore_ascii_case(bare))
        {
            return None;
        }
        if bare.chars().count() > MOST {
            return None;
        }
        self.span.length = bare.len();
        Some(format!("'{bare}'").into())
    }

    /// Points at the string before instead of the token after it, if that string lacks its closing quote.
    ///
    /// Such a string swallows the text up to the next opening quote, and the first token that makes no sense is what was
    /// meant to be inside the next string. An odd number of quotes proves that one is missing, and a connective inside the
    /// string makes it the one.
    fn step_back_to_unclosed_string(&mut self) {
        let (Token::Text(text), span) = self.previous else {
            return;
        };
        let lowered = text.to_ascii_lowercase();
        if (lowered.contains(" and ") || lowered.contains(" or ")) && self.text.matches('\'').count() % 2 == 1
        {
            (self.token, self.span) = (Token::Bad(Bad::Unclosed(text)), span);
            self.expected.clone_from(&self.previous_expected);
        }
    }

    pub(super) fn source(&self) -> &'q str {
        self.text
            .get(self.span.start..self.span.end())
            .unwrap_or_default()
    }

    pub(super) fn found(&self) -> String {
        format!("`{}`", excerpt(self.source()))
    }
}

/// The most characters of the user's text that a message of one line can hold.
const MOST: usize = 60;

/// Returns as much of the user's text as a message of one line can hold.
fn excerpt(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// Returns what to call a character that begins no token: people cannot see why `“` or a no-break space is wrong.
fn name_of(character: char) -> String {
    let name = match character {
        '"' => "double quote `\"`",
        '“' | '”' | '„' | '«' | '»' => "typographic double quote",
        '‘' | '’' | '‚' | '‹' | '›' | '´' => "typographic single quote",
        '`' => "backquote",
        '\u{a0}' | '\u{202f}' | '\u{2007}' => "no-break space",
        '\u{feff}' => "byte-order mark",
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => "invisible character",
        '\u{2000}'..='\u{200a}' | '\u{3000}' => "wide space",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "typographic dash",
        other if other.is_control() => "control character",
        other => return format!("character `{other}`"),
    };
    if character.is_ascii_graphic() {
        return name.into();
    }
    format!("{name} U+{:04X}", u32::from(character))
}
