//! Turns tokens into the tree, in one pass that also checks every restriction of the language.
//!
//! ```ebnf
//! query      = "config" "from" "iam" "where" or end ;
//! or         = and { "OR" and } ;
//! and        = unary { "AND" unary } ;
//! unary      = { "NOT" } ( "(" or ")" | predicate ) ;
//! predicate  = text-attr text-pred
//!            | bool-attr ( "=" | "!=" ) ( "true" | "false" )
//!            | int-attr  ( ">" | "<=" | "=" | "!=" | "<" | ">=" ) integer
//!            | tag-attr  "(" string ")" keyed-pred
//!            | cond-attr [ "(" string [ "," string ] ")" ] keyed-pred ;
//! text-pred  = ( "=" | "!=" ) ( string | account-attr )
//!            | [ "NOT" ] "IN" list
//!            | "CONTAINS" "ALL" list
//!            | "COVERS" string
//!            | [ "NOT" ] "LIKE" string
//!            | ( "STARTS" | "ENDS" ) "WITH" string
//!            | "DOES" "NOT" ( "START" | "END" ) "WITH" string
//!            | "CONTAINS" string | "DOES" "NOT" "CONTAIN" string ;
//! keyed-pred = "EXISTS" | "DOES" "NOT" "EXIST" | ( "=" | "!=" ) string | [ "NOT" ] "IN" list ;
//! list       = "(" string { "," string } ")" ;
//! ```
//!
//! One token of look-ahead decides everywhere, so the time is linear in the text. Recursion happens only below `NOT` and
//! `(`, whose nesting is bounded, so the stack is bounded too. Which operators and values follow an attribute comes from
//! the table in [`crate::attribute`]. At every place the parser collects what it would have accepted: errors show that list
//! and suggestions are made of it.

mod cursor;
mod operator;
mod refusal;

use crate::attribute::{Attribute, Kind};
use crate::error::{
    Bound, ErrorKind, Expected, MAX_CHARACTERS, MAX_LIST_ITEMS, MAX_NESTING, MAX_PREDICATES, OperatorError,
    QueryError,
};
use crate::literal::{Literal, LiteralList};
use crate::operator::Operator;
use crate::position::Span;
use crate::token::{Lexer, Token};
use crate::tree::{Comparison, ConditionKey, Expr, Predicate, Query};

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// [`QueryError`] at the first place at which the text cannot be right.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Parser::new(text).query()
    }
}

/// Words with a meaning of their own; they are never taken for misspelt attributes.
const RESERVED: &[&str] = &[
    "config", "from", "iam", "where", "AND", "OR", "NOT", "IN", "CONTAINS", "ALL", "LIKE", "STARTS", "ENDS",
    "WITH", "DOES", "START", "END", "CONTAIN", "COVERS", "EXISTS", "EXIST", "true", "false",
];

/// Where `CONTAINS ALL` may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    /// In the topmost OR: anywhere.
    Top,
    /// In an AND chain of the topmost OR: in AND chains only.
    Chain,
    /// Below a NOT, or in an OR that is itself part of an AND chain: nowhere.
    Inner,
}

/// A parsed part of the expression.
struct Part {
    expr: Expr,
    /// The first `CONTAINS ALL` in it.
    all: Option<Span>,
    /// It is an OR with a `CONTAINS ALL` in it, so no AND may join it.
    branches: bool,
}

pub(crate) struct Parser<'q> {
    text: &'q str,
    lexer: Lexer<'q>,
    pub(crate) token: Token<'q>,
    pub(crate) span: Span,
    /// What would have been accepted instead of `token`, as far as it was tried.
    pub(crate) expected: Vec<Expected>,
    /// The token before, and what would have been accepted instead of it.
    pub(crate) previous: (Token<'q>, Span),
    pub(crate) previous_expected: Vec<Expected>,
    depth: usize,
    predicates: Vec<Span>,
    /// Every `COVERS` of the query.
    covers: Vec<Span>,
    literals: Vec<Span>,
}

impl<'q> Parser<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        let mut lexer = Lexer::new(text);
        let (token, span) = lexer.next();
        Self {
            text,
            lexer,
            token,
            span,
            expected: Vec::new(),
            previous: (Token::End, Span::default()),
            previous_expected: Vec::new(),
            depth: 0,
            predicates: Vec::new(),
            covers: Vec::new(),
            literals: Vec::new(),
        }
    }

    pub(crate) fn query(&mut self) -> Result<Query, QueryError> {
        // A text has at least as many bytes as characters, so most are never counted.
        if self.text.len() > MAX_CHARACTERS
            && let Some((start, _)) = self.text.char_indices().nth(MAX_CHARACTERS)
        {
            self.span = Span {
                start,
                length: self.text.len().saturating_sub(start),
            };
            return Err(self.error(ErrorKind::TooLarge(Bound::Characters), None));
        }
        for word in ["config", "from", "iam", "where"] {
            self.require_word(word)?;
        }
        let expression = self.or(Nesting::Top)?.expr;
        if self.token != Token::End {
            self.expected.push(Expected::End);
            return Err(self.unexpected());
        }
        if let Some(span) = self.misplaced_covers(&expression) {
            self.span = span;
            self.expected.clear();
            let kind = ErrorKind::InvalidOperator(OperatorError::CoversPlace);
            return Err(self.error(kind, None));
        }
        self.expected.push(Expected::End);
        Ok(Query {
            text: self.text.into(),
            expression,
            predicates: std::mem::take(&mut self.predicates),
            literals: std::mem::take(&mut self.literals),
        })
    }

    /// A `COVERS` that is not the only one, or not in the AND chain that is the whole query.
    fn misplaced_covers(&self, expression: &Expr) -> Option<Span> {
        let chain = match expression {
            Expr::And(operands) => operands.as_slice(),
            single @ (Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_)) => std::slice::from_ref(single),
        };
        let is_covers = |operand: &Expr| matches!(operand, Expr::Predicate(Predicate::Covers { .. }));
        let in_place = chain.iter().any(is_covers);
        self.covers.get(usize::from(in_place)).copied()
    }

    fn or(&mut self, nesting: Nesting) -> Result<Part, QueryError> {
        let first = self.and(nesting)?;
        let forbidden = first.all.filter(|_| nesting == Nesting::Chain);
        let rest = if nesting == Nesting::Top {
            Nesting::Top
        } else {
            Nesting::Inner
        };
        let mut part = first;
        while self.connective("OR", forbidden)? {
            let next = self.and(rest)?;
            let all = part.all.or(next.all);
            let mut operands = match part.expr {
                Expr::Or(operands) => operands,
                other @ (Expr::And(_) | Expr::Not(_) | Expr::Predicate(_)) => vec![other],
            };
            match next.expr {
                Expr::Or(more) => operands.extend(more),
                other @ (Expr::And(_) | Expr::Not(_) | Expr::Predicate(_)) => operands.push(other),
            }
            part = Part {
                expr: Expr::Or(operands),
                all,
                branches: all.is_some(),
            };
        }
        Ok(part)
    }

    fn and(&mut self, nesting: Nesting) -> Result<Part, QueryError> {
        let mut part = self.unary(nesting)?;
        let rest = if nesting == Nesting::Inner {
            Nesting::Inner
        } else {
            Nesting::Chain
        };
        let forbidden = part.all.filter(|_| part.branches);
        while self.connective("AND", forbidden)? {
            let next = self.unary(rest)?;
            let mut operands = match part.expr {
                Expr::And(operands) => operands,
                other @ (Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_)) => vec![other],
            };
            match next.expr {
                Expr::And(more) => operands.extend(more),
                other @ (Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_)) => operands.push(other),
            }
            part = Part {
                expr: Expr::And(operands),
                all: part.all.or(next.all),
                branches: false,
            };
        }
        Ok(part)
    }

    /// Whether `word` joins another operand; an error if a `CONTAINS ALL` before it forbids that.
    fn connective(&mut self, word: &'static str, forbidden: Option<Span>) -> Result<bool, QueryError> {
        if let Some(span) = forbidden {
            if self.at_word(word) {
                self.span = span;
                self.expected.clear();
                let kind = ErrorKind::InvalidOperator(OperatorError::ContainsAllPlace);
                return Err(self.error(kind, None));
            }
            return Ok(false);
        }
        let room = self.predicates.len() < MAX_PREDICATES;
        Ok(self.accept_word(word, room))
    }

    fn unary(&mut self, nesting: Nesting) -> Result<Part, QueryError> {
        let room = self.depth < MAX_NESTING;
        if self.at_word("NOT") {
            self.enter(room)?;
            let operand = self.unary(Nesting::Inner)?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(Part {
                expr: Expr::Not(Box::new(operand.expr)),
                all: None,
                branches: false,
            });
        }
        if self.token == Token::Sign("(") {
            self.enter(room)?;
            let group = self.or(nesting)?;
            self.require_sign(")")?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(group);
        }
        if room {
            self.expected.extend([Expected::Word("NOT"), Expected::Word("(")]);
        }
        self.predicate(nesting)
    }

    fn enter(&mut self, room: bool) -> Result<(), QueryError> {
        if !room {
            return Err(self.error(ErrorKind::TooLarge(Bound::Nesting), None));
        }
        self.depth = self.depth.saturating_add(1);
        self.advance();
        Ok(())
    }

    fn predicate(&mut self, nesting: Nesting) -> Result<Part, QueryError> {
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
                // The table gives an integer no other operators, so this default is never taken.
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

    fn list(&mut self, attribute: &'static Attribute) -> Result<LiteralList, QueryError> {
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

    /// The value of a `COVERS`: the ARN of an AWS resource, or the resource name of another cloud.
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

    fn string(&mut self, attribute: &'static Attribute) -> Result<Literal, QueryError> {
        // Before the account that may stand there as well, as in the grammar.
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

#[cfg(test)]
mod tests;
