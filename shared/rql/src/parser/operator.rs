//! The operator after an attribute and the test it makes.

use super::cursor::spells;
use super::{Nesting, Parser};
use crate::attribute::Attribute;
use crate::error::{ErrorKind, Expected, OperatorError, QueryError};
use crate::literal::Needle;
use crate::operator::Operator;
use crate::spelling;
use crate::token::{Lexer, Token};
use crate::tree::{KeyedMatch, KeyedTest, Side, TextMatch, TextTest};

impl<'q> Parser<'q> {
    /// Reads the longest operator that `attribute` takes at this place.
    pub(super) fn operator(
        &mut self,
        attribute: &'static Attribute,
        nesting: Nesting,
        keyed: bool,
    ) -> Result<Operator, QueryError> {
        let start = (self.lexer.byte(), self.token);
        let mut candidates: Vec<Operator> = attribute
            .operators()
            .filter(|operator| {
                !matches!(operator, Operator::ContainsAll | Operator::Covers) || nesting != Nesting::Inner
            })
            .filter(|operator| keyed || matches!(operator, Operator::Exists | Operator::DoesNotExist))
            .collect();
        let mut read: usize = 0;
        loop {
            let words = || {
                candidates
                    .iter()
                    .filter_map(|operator| operator.words().get(read).copied())
            };
            let Some(word) = words().find(|word| self.at(word)) else {
                for word in words() {
                    if !self.expected.contains(&Expected::Word(word)) {
                        self.expected.push(Expected::Word(word));
                    }
                }
                let complete = candidates.iter().find(|operator| operator.words().len() == read);
                let written = self.operator_of_the_language(start);
                return match (complete, written) {
                    (Some(&operator), None) => Ok(operator),
                    (Some(&operator), Some(longer)) if operator.words().len() >= longer.words().len() => {
                        Ok(operator)
                    }
                    (_, Some(refused)) => Err(self.refuse(attribute, refused)),
                    (None, None) => Err(self.no_operator(&candidates, read)),
                };
            };
            candidates.retain(|operator| operator.words().get(read) == Some(&word));
            self.advance();
            read = read.saturating_add(1);
        }
    }

    /// Returns the longest operator of the whole language that is written at `start`, where the operator began.
    pub(super) fn operator_of_the_language(&self, start: (usize, Token<'q>)) -> Option<Operator> {
        // No operator has more words than four.
        let mut ahead = Lexer::at(self.text, start.0);
        let written = [start.1, ahead.next().0, ahead.next().0, ahead.next().0];
        Operator::ALL
            .iter()
            .copied()
            .filter(|operator| {
                operator
                    .words()
                    .iter()
                    .zip(&written)
                    .all(|(word, token)| spells(*token, word))
            })
            .max_by_key(|operator| operator.words().len())
    }

    pub(super) fn refuse(&mut self, attribute: &'static Attribute, refused: Operator) -> QueryError {
        let (attribute_name, operator) = (attribute.name, refused.spelling());
        let error = if !attribute.operators().any(|taken| taken == refused) {
            OperatorError::NotTaken {
                attribute: attribute_name,
                operator,
            }
        } else if refused == Operator::ContainsAll {
            OperatorError::ContainsAllPlace
        } else if refused == Operator::Covers {
            OperatorError::CoversPlace
        } else {
            OperatorError::WithoutKey {
                attribute: attribute_name,
                operator,
            }
        };
        self.error(ErrorKind::InvalidOperator(error), None)
    }

    /// Makes the error for a missing operator, or for the missing rest of an operator.
    pub(super) fn no_operator(&mut self, candidates: &[Operator], read: usize) -> QueryError {
        let mut meant = None;
        if let Token::Word(word) = self.token
            && read == 0
        {
            let whole = candidates.iter().map(|operator| operator.spelling());
            let first = candidates
                .iter()
                .filter_map(|operator| operator.words().first().copied());
            meant = spelling::keyword(word, whole.chain(first)).map(|meant| {
                // The whole operator is named where its first word is enough to know it.
                let mut same = candidates
                    .iter()
                    .filter(|operator| operator.words().first() == Some(&meant));
                match (same.next(), same.next()) {
                    (Some(operator), None) => operator.spelling(),
                    _ => meant,
                }
            });
        }
        let mut error = self.unexpected();
        error.suggestion = meant.map(Into::into).or(error.suggestion);
        error
    }

    pub(super) fn text_test(
        &mut self,
        attribute: &'static Attribute,
        operator: Operator,
    ) -> Result<TextTest, QueryError> {
        let negated = matches!(
            operator,
            Operator::NotEqual
                | Operator::NotIn
                | Operator::NotLike
                | Operator::DoesNotStartWith
                | Operator::DoesNotEndWith
                | Operator::DoesNotContain
        );
        let matcher = if matches!(operator, Operator::In | Operator::NotIn) {
            TextMatch::In(self.list(attribute)?)
        } else {
            let literal = self.string(attribute)?;
            if matches!(operator, Operator::Like | Operator::NotLike) {
                TextMatch::Like(literal)
            } else if matches!(operator, Operator::StartsWith | Operator::DoesNotStartWith) {
                TextMatch::StartsWith(literal)
            } else if matches!(operator, Operator::EndsWith | Operator::DoesNotEndWith) {
                TextMatch::EndsWith(literal)
            } else if matches!(operator, Operator::Contains | Operator::DoesNotContain) {
                TextMatch::Contains(Needle::new(literal))
            } else {
                TextMatch::Equals(literal)
            }
        };
        Ok(TextTest { negated, matcher })
    }

    pub(super) fn keyed_test(
        &mut self,
        attribute: &'static Attribute,
        operator: Operator,
    ) -> Result<KeyedTest, QueryError> {
        let negated = matches!(
            operator,
            Operator::NotEqual | Operator::NotIn | Operator::DoesNotExist
        );
        let matcher = if matches!(operator, Operator::Exists | Operator::DoesNotExist) {
            KeyedMatch::Exists
        } else if matches!(operator, Operator::In | Operator::NotIn) {
            KeyedMatch::In(self.list(attribute)?)
        } else {
            KeyedMatch::Equals(self.string(attribute)?)
        };
        Ok(KeyedTest { negated, matcher })
    }

    /// Returns the side of `attribute`, if the account of the other side follows instead of a string.
    pub(super) fn accept_account(
        &mut self,
        attribute: &'static Attribute,
        operator: Operator,
    ) -> Option<Side> {
        let other = attribute.comparable()?;
        if !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return None;
        }
        if self.at_word(other) {
            self.advance();
            let source = attribute.name.starts_with("source");
            return Some(if source { Side::Source } else { Side::Dest });
        }
        self.expected.push(Expected::AttributeName(other));
        None
    }
}
