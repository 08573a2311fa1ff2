//! Looks at the current token and moves on. What is looked for and not found is noted as expected.

use super::Parser;
use crate::error::{Expected, QueryError};
use crate::token::Token;

impl Parser<'_> {
    pub(super) fn advance(&mut self) {
        std::mem::swap(&mut self.previous_expected, &mut self.expected);
        self.expected.clear();
        self.previous = (self.token, self.span);
        (self.token, self.span) = self.lexer.next();
    }

    pub(super) fn at(&self, spelling: &str) -> bool {
        spells(self.token, spelling)
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// Reads `word` if it is there; otherwise notes it as expected if it is `offered`.
    pub(super) fn accept_word(&mut self, word: &'static str, offered: bool) -> bool {
        self.accept(self.at_word(word), word, offered)
    }

    pub(super) fn accept_sign(&mut self, sign: &'static str, offered: bool) -> bool {
        self.accept(self.token == Token::Sign(sign), sign, offered)
    }

    pub(super) fn accept(&mut self, there: bool, spelling: &'static str, offered: bool) -> bool {
        if there {
            self.advance();
        } else if offered {
            self.expected.push(Expected::Word(spelling));
        }
        there
    }

    pub(super) fn require_word(&mut self, word: &'static str) -> Result<(), QueryError> {
        if self.accept_word(word, true) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(super) fn require_sign(&mut self, sign: &'static str) -> Result<(), QueryError> {
        if self.accept_sign(sign, true) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }
}

/// Returns whether the token is this word, in any case of letters, or this sign.
pub(super) fn spells(token: Token<'_>, spelling: &str) -> bool {
    match token {
        Token::Word(word) => word.eq_ignore_ascii_case(spelling),
        Token::Sign(sign) => sign == spelling,
        Token::Text(_) | Token::Integer(_) | Token::End | Token::Bad(_) => false,
    }
}
