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
mod predicate;
mod refusal;

use crate::error::{
    Bound, ErrorKind, Expected, MAX_CHARACTERS, MAX_NESTING, MAX_PREDICATES, OperatorError, QueryError,
};
use crate::position::Span;
use crate::token::{Lexer, Token};
use crate::tree::{Expr, Predicate, Query};

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// [`QueryError`] at the first place at which the text cannot be right.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Parser::new(text).query()
    }
}

/// Says where `CONTAINS ALL` may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    /// The parser is in the topmost OR, where a `CONTAINS ALL` may stand anywhere.
    Top,
    /// The parser is in an AND chain of the topmost OR, where a `CONTAINS ALL` may stand in AND chains only.
    Chain,
    /// Below a NOT, or in an OR that is itself part of an AND chain: nowhere.
    Inner,
}

/// A parsed part of the expression.
struct Part {
    expr: Expr,
    /// The first `CONTAINS ALL` in it.
    all: Option<Span>,
    /// Says whether it is an OR with a `CONTAINS ALL` in it, so that no AND may join it.
    branches: bool,
}

pub(crate) struct Parser<'q> {
    text: &'q str,
    lexer: Lexer<'q>,
    pub(crate) token: Token<'q>,
    pub(crate) span: Span,
    /// Says what would have been accepted instead of `token`, as far as it was tried.
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
        // A text has at least as many bytes as characters, so that most texts need no count.
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

    /// Returns a `COVERS` that is not the only one, or not in the AND chain that is the whole query.
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

    /// Returns whether `word` joins another operand; an error if a `CONTAINS ALL` before it forbids that.
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
}

#[cfg(test)]
mod tests;
