//! Turns characters into tokens.

use crate::position::Span;

/// A token, or the reason why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'q> {
    /// A letter, then letters, digits, `.` and `_`.
    Word(&'q str),
    /// The text between the quotes, quotes inside still doubled.
    Text(&'q str),
    Integer(u32),
    /// One of `= != < <= > >= ( ) ,`.
    Sign(&'static str),
    End,
    Bad(Bad<'q>),
}

/// Text that is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bad<'q> {
    Character(char),
    /// A string without its closing quote; all text after the opening one.
    Unclosed(&'q str),
    /// A run of operator characters that is not an operator.
    Sign(&'q str),
    IntegerRange,
    /// An integer with a letter directly after it.
    IntegerSuffix,
}

/// Splits a query on demand, so that the first mistake in the text is the one reported.
#[derive(Debug)]
pub(crate) struct Lexer<'q> {
    text: &'q str,
    byte: usize,
}

const SIGNS: &[&str] = &["=", "!=", "<", "<=", ">", ">="];

impl<'q> Lexer<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        Self { text, byte: 0 }
    }

    /// Starts at a byte that ends a token.
    pub(crate) fn at(text: &'q str, byte: usize) -> Self {
        Self { text, byte }
    }

    /// Returns the byte after the last token.
    pub(crate) fn byte(&self) -> usize {
        self.byte
    }

    /// Returns the next token and its place; `End` again and again at the end.
    pub(crate) fn next(&mut self) -> (Token<'q>, Span) {
        let rest = self.rest();
        let blanks = rest
            .len()
            .saturating_sub(rest.trim_start_matches([' ', '\t', '\r', '\n']).len());
        self.byte = self.byte.saturating_add(blanks);
        let (token, length) = scan(self.rest());
        let span = Span {
            start: self.byte,
            length,
        };
        self.byte = span.end();
        (token, span)
    }

    fn rest(&self) -> &'q str {
        self.text.get(self.byte..).unwrap_or_default()
    }
}

/// Returns the token at the start of `rest` and its length in bytes.
fn scan(rest: &str) -> (Token<'_>, usize) {
    let Some(first) = rest.chars().next() else {
        return (Token::End, 0);
    };
    match first {
        '(' => (Token::Sign("("), 1),
        ')' => (Token::Sign(")"), 1),
        ',' => (Token::Sign(","), 1),
        '\'' => string(rest),
        '0'..='9' => integer(rest),
        'a'..='z' | 'A'..='Z' => {
            let word = run(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            (Token::Word(word), word.len())
        }
        // All signs are taken at once, so that `==` is one mistake and not two operators.
        '=' | '!' | '<' | '>' | '&' | '|' => {
            let found = run(rest, |c| matches!(c, '=' | '!' | '<' | '>' | '&' | '|'));
            let token = SIGNS.iter().find(|sign| **sign == found);
            (
                token.map_or(Token::Bad(Bad::Sign(found)), |sign| Token::Sign(sign)),
                found.len(),
            )
        }
        other => (Token::Bad(Bad::Character(other)), other.len_utf8()),
    }
}

fn run(rest: &str, belongs: impl Fn(char) -> bool) -> &str {
    rest.find(|c| !belongs(c))
        .and_then(|end| rest.get(..end))
        .unwrap_or(rest)
}

/// Reads a string, which ends at the first quote that is not one of a pair.
fn string(rest: &str) -> (Token<'_>, usize) {
    let body = rest.strip_prefix('\'').unwrap_or(rest);
    let mut quotes = body.match_indices('\'').map(|(at, _)| at).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&at.saturating_add(1)).is_none() {
            return (
                Token::Text(body.get(..at).unwrap_or_default()),
                at.saturating_add(2),
            );
        }
    }
    (Token::Bad(Bad::Unclosed(body)), rest.len())
}

fn integer(rest: &str) -> (Token<'_>, usize) {
    let digits = run(rest, |c| c.is_ascii_digit());
    let glued = run(rest, |c| c.is_alphanumeric() || c == '_');
    if glued.len() > digits.len() {
        return (Token::Bad(Bad::IntegerSuffix), glued.len());
    }
    // Only a number with too many digits can fail here.
    (
        digits
            .parse()
            .map_or(Token::Bad(Bad::IntegerRange), Token::Integer),
        digits.len(),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| Some(lexer.next().0).filter(|token| *token != Token::End)).collect()
    }

    #[rstest]
    #[case::no_space_needed("a.b!='x'and", &[Token::Word("a.b"), Token::Sign("!="), Token::Text("x"), Token::Word("and")])]
    #[case::all_blanks("\r\n\tIN \n('a')  ", &[Token::Word("IN"), Token::Sign("("), Token::Text("a"), Token::Sign(")")])]
    #[case::doubled_quote("'it''s'", &[Token::Text("it''s")])]
    #[case::only_a_quote("''''", &[Token::Text("''")])]
    #[case::empty_then_string("'' 'a'", &[Token::Text(""), Token::Text("a")])]
    #[case::newline_in_string("'a\nb'", &[Token::Text("a\nb")])]
    #[case::open_string("'a''", &[Token::Bad(Bad::Unclosed("a''"))])]
    #[case::largest_integer("4294967295", &[Token::Integer(u32::MAX)])]
    #[case::too_large("4294967296", &[Token::Bad(Bad::IntegerRange)])]
    #[case::letter_after_digits("> 90d", &[Token::Sign(">"), Token::Bad(Bad::IntegerSuffix)])]
    #[case::signs_run_together("a == b", &[Token::Word("a"), Token::Bad(Bad::Sign("==")), Token::Word("b")])]
    #[case::comparison("<=5", &[Token::Sign("<="), Token::Integer(5)])]
    #[case::no_break_space("a\u{a0}b", &[Token::Word("a"), Token::Bad(Bad::Character('\u{a0}')), Token::Word("b")])]
    fn text_is_split_into_tokens(#[case] text: &str, #[case] expected: &[Token<'_>]) {
        assert_eq!(tokens(text), expected);
    }
}
