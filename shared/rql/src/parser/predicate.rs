//! Reads one predicate: an attribute, its operator and its value.

use super::{Nesting, Parser, Part};
use crate::attribute::{Attribute, Kind};
use crate::error::{Bound, ErrorKind, Expected, MAX_LIST_ITEMS, MAX_PREDICATES, OperatorError, QueryError};
use crate::literal::{Literal, LiteralList};
use crate::operator::Operator;
use crate::token::Token;
use crate::tree::{Comparison, ConditionKey, Expr, Predicate};

/// Words with a meaning of their own; they are never taken for misspelt attributes.
pub(super) const RESERVED: &[&str] = &[
    "config", "from", "iam", "where", "AND", "OR", "NOT", "IN", "CONTAINS", "ALL", "LIKE", "STARTS", "ENDS",
    "WITH", "DOES", "START", "END", "CONTAIN", "COVERS", "EXISTS", "EXIST", "true", "false",
];

impl Parser<'_> {
    pub(super) fn predicate(&mut self, nesting: Nesting) -> Result<Part, QueryError> {
        let start = self.span;
        self.expected.push(Expected::Attribute);
        let Token::Word(name) = self.token else {
            return Err(self.unexpected());
        };
        let Some(attribute) = Attribute::find(name) else {
            if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) {
                return Err(self.unexpected());
            }
            return Err(self.unknown_attribute(name));
        };
        if self.predicates.len() >= MAX_PREDICATES {
            return Err(self.error(ErrorKind::TooLarge(Bound::Predicates), None));
        }
        self.advance();
        let mut all = None;
        let predicate = match attribute.kind {
            Kind::Text(text) => {
                let operator = self.operator(attribute, nesting, true)?;
                if operator == Operator::ContainsAll {
                    all = Some(self.previous.1);
                    Predicate::ContainsAll {
                        actions: self.list(attribute)?,
                    }
                } else if operator == Operator::Covers {
                    self.covers.push(self.previous.1);
                    Predicate::Covers {
                        resource: self.whole_arn(attribute)?,
                    }
                } else if let Some(first) = self.accept_account(attribute, operator) {
                    Predicate::Accounts {
                        first,
                        differ: operator == Operator::NotEqual,
                    }
                } else {
                    Predicate::Text {
                        attribute: text,
                        test: self.text_test(attribute, operator)?,
                    }
                }
            }
            Kind::Bool(flag) => {
                let negated = self.operator(attribute, nesting, true)? == Operator::NotEqual;
                let value = self.accept_word("true", true);
                if !value && !self.accept_word("false", true) {
                    return Err(self.invalid_value(attribute));
                }
                Predicate::Bool {
                    attribute: flag,
                    negated,
                    value,
                }
            }
            Kind::Int(int) => {
                let operator = self.operator(attribute, nesting, true)?;
                let taken = Comparison::ALL
                    .iter()
                    .find(|comparison| comparison.operator() == operator);
                // The table gives an integer no other operators, so that this default is never used.
                let comparison = taken.copied().unwrap_or(Comparison::Equal);
                self.expected.push(Expected::Integer);
                let Token::Integer(value) = self.token else {
                    return Err(self.invalid_value(attribute));
                };
                self.advance();
                Predicate::Int {
                    attribute: int,
                    comparison,
                    value,
                }
            }
            Kind::Tag(tag) => {
                self.require_sign("(")?;
                let key = self.string(attribute)?;
                self.require_sign(")")?;
                let operator = self.operator(attribute, nesting, true)?;
                Predicate::Tag {
                    attribute: tag,
                    key,
                    test: self.keyed_test(attribute, operator)?,
                }
            }
            Kind::Condition(condition) => {
                let key = self.condition_key(attribute)?;
                let operator = self.operator(attribute, nesting, key != ConditionKey::Any)?;
                Predicate::Condition {
                    attribute: condition,
                    key,
                    test: self.keyed_test(attribute, operator)?,
                }
            }
        };
        self.predicates.push(start.to(self.previous.1));
        Ok(Part {
            expr: Expr::Predicate(predicate),
            all,
            branches: false,
        })
    }

    fn condition_key(&mut self, attribute: &'static Attribute) -> Result<ConditionKey, QueryError> {
        if !self.accept_sign("(", true) {
            return Ok(ConditionKey::Any);
        }
        let key = self.string(attribute)?;
        let key = if self.accept_sign(",", true) {
            ConditionKey::KeyAndOperator(key, self.string(attribute)?)
        } else {
            ConditionKey::Key(key)
        };
        self.require_sign(")")?;
        Ok(key)
    }

    pub(super) fn list(&mut self, attribute: &'static Attribute) -> Result<LiteralList, QueryError> {
        self.require_sign("(")?;
        let mut items = vec![self.string(attribute)?];
        loop {
            let room = items.len() < MAX_LIST_ITEMS;
            if !room && self.token == Token::Sign(",") {
                return Err(self.error(ErrorKind::TooLarge(Bound::ListItems), None));
            }
            if !self.accept_sign(",", room) {
                break;
            }
            items.push(self.string(attribute)?);
        }
        self.require_sign(")")?;
        Ok(LiteralList::new(items))
    }

    /// Returns the value of a `COVERS`: the ARN of an AWS resource, or the resource name of another cloud.
    fn whole_arn(&mut self, attribute: &'static Attribute) -> Result<Literal, QueryError> {
        let literal = self.string(attribute)?;
        let text = literal.text();
        let is_whole = ["arn:", "nrn:"].iter().any(|start| text.starts_with(start))
            && text.matches(':').count() >= 5
            && !text.contains(['*', '?']);
        if is_whole {
            return Ok(literal);
        }
        self.span = self.previous.1;
        self.expected.clear();
        let kind = ErrorKind::InvalidOperator(OperatorError::CoversValue);
        Err(self.error(kind, None))
    }

    pub(super) fn string(&mut self, attribute: &'static Attribute) -> Result<Literal, QueryError> {
        // These come before the account, which may stand there as well, as in the grammar.
        let account = self
            .expected
            .pop_if(|last| matches!(last, Expected::AttributeName(_)));
        self.expected.push(Expected::String(attribute));
        self.expected.extend(account);
        let Token::Text(quoted) = self.token else {
            return Err(self.invalid_value(attribute));
        };
        self.literals.push(self.span);
        self.advance();
        Ok(if quoted.contains('\'') {
            Literal::new(&quoted.replace("''", "'"))
        } else {
            Literal::new(quoted)
        })
    }
}
