//! From tokens to the tree, in one pass that also checks every restriction of the language.
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

use crate::attribute::{Attribute, Kind};
use crate::error::{
    Bound, ErrorKind, Expected, MAX_CHARACTERS, MAX_LIST_ITEMS, MAX_NESTING, MAX_PREDICATES, OperatorError,
    QueryError, SyntaxError,
};
use crate::literal::{Literal, LiteralList, Needle};
use crate::operator::Operator;
use crate::position::{Locator, Span};
use crate::spelling;
use crate::token::{Bad, Lexer, Token};
use crate::tree::{
    Comparison, ConditionKey, Expr, KeyedMatch, KeyedTest, Predicate, Query, Side, TextMatch, TextTest,
};

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
    "WITH", "DOES", "START", "END", "CONTAIN", "EXISTS", "EXIST", "true", "false",
];

/// Where `CONTAINS ALL` may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
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
        let expression = self.or(Place::Top)?.expr;
        if self.token != Token::End {
            self.expected.push(Expected::End);
            return Err(self.unexpected());
        }
        self.expected.push(Expected::End);
        Ok(Query {
            text: self.text.into(),
            expression,
            predicates: std::mem::take(&mut self.predicates),
            literals: std::mem::take(&mut self.literals),
        })
    }

    fn or(&mut self, place: Place) -> Result<Part, QueryError> {
        let first = self.and(place)?;
        let forbidden = first.all.filter(|_| place == Place::Chain);
        let rest = if place == Place::Top {
            Place::Top
        } else {
            Place::Inner
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

    fn and(&mut self, place: Place) -> Result<Part, QueryError> {
        let mut part = self.unary(place)?;
        let rest = if place == Place::Inner {
            Place::Inner
        } else {
            Place::Chain
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

    fn unary(&mut self, place: Place) -> Result<Part, QueryError> {
        let room = self.depth < MAX_NESTING;
        if self.at_word("NOT") {
            self.enter(room)?;
            let operand = self.unary(Place::Inner)?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(Part {
                expr: Expr::Not(Box::new(operand.expr)),
                all: None,
                branches: false,
            });
        }
        if self.token == Token::Sign("(") {
            self.enter(room)?;
            let group = self.or(place)?;
            self.require_sign(")")?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(group);
        }
        if room {
            self.expected.extend([Expected::Word("NOT"), Expected::Word("(")]);
        }
        self.predicate(place)
    }

    fn enter(&mut self, room: bool) -> Result<(), QueryError> {
        if !room {
            return Err(self.error(ErrorKind::TooLarge(Bound::Nesting), None));
        }
        self.depth = self.depth.saturating_add(1);
        self.advance();
        Ok(())
    }

    fn predicate(&mut self, place: Place) -> Result<Part, QueryError> {
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
                let operator = self.operator(attribute, place, true)?;
                if operator == Operator::ContainsAll {
                    all = Some(self.previous.1);
                    Predicate::ContainsAll {
                        actions: self.list(attribute)?,
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
                let negated = self.operator(attribute, place, true)? == Operator::NotEqual;
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
                let operator = self.operator(attribute, place, true)?;
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
                let operator = self.operator(attribute, place, true)?;
                Predicate::Tag {
                    attribute: tag,
                    key,
                    test: self.keyed_test(attribute, operator)?,
                }
            }
            Kind::Condition(condition) => {
                let key = self.condition_key(attribute)?;
                let operator = self.operator(attribute, place, key != ConditionKey::Any)?;
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

    fn condition_key(&mut self, attribute: &Attribute) -> Result<ConditionKey, QueryError> {
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

    /// Reads the longest operator that `attribute` takes at this place.
    fn operator(&mut self, attribute: &Attribute, place: Place, keyed: bool) -> Result<Operator, QueryError> {
        let start = (self.lexer.byte(), self.token);
        let mut candidates: Vec<Operator> = attribute
            .operators()
            .filter(|operator| *operator != Operator::ContainsAll || place != Place::Inner)
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

    /// The longest operator of the whole language that is written at `start`, where the operator began.
    fn operator_of_the_language(&self, start: (usize, Token<'q>)) -> Option<Operator> {
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

    fn refuse(&mut self, attribute: &Attribute, refused: Operator) -> QueryError {
        let (attribute_name, operator) = (attribute.name, refused.spelling());
        let error = if !attribute.operators().any(|taken| taken == refused) {
            OperatorError::NotTaken {
                attribute: attribute_name,
                operator,
            }
        } else if refused == Operator::ContainsAll {
            OperatorError::ContainsAllPlace
        } else {
            OperatorError::WithoutKey {
                attribute: attribute_name,
                operator,
            }
        };
        self.error(ErrorKind::InvalidOperator(error), None)
    }

    /// No operator at all, or the rest of one is missing.
    fn no_operator(&mut self, candidates: &[Operator], read: usize) -> QueryError {
        let mut meant = None;
        if let Token::Word(word) = self.token
            && read == 0
        {
            let whole = candidates.iter().map(|operator| operator.spelling());
            let first = candidates
                .iter()
                .filter_map(|operator| operator.words().first().copied());
            meant = spelling::keyword(word, whole.chain(first)).map(|meant| {
                // The whole operator where its first word tells it.
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
        error.suggestion = meant.or(error.suggestion);
        error
    }

    fn text_test(&mut self, attribute: &Attribute, operator: Operator) -> Result<TextTest, QueryError> {
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

    fn keyed_test(&mut self, attribute: &Attribute, operator: Operator) -> Result<KeyedTest, QueryError> {
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

    /// The side of `attribute`, if the account of the other side follows instead of a string.
    fn accept_account(&mut self, attribute: &Attribute, operator: Operator) -> Option<Side> {
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

    fn list(&mut self, attribute: &Attribute) -> Result<LiteralList, QueryError> {
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

    fn string(&mut self, attribute: &Attribute) -> Result<Literal, QueryError> {
        // Before the account that may stand there as well, as in the grammar.
        let account = self
            .expected
            .pop_if(|last| matches!(last, Expected::AttributeName(_)));
        self.expected.push(Expected::String(attribute.values.known()));
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

    // Tokens

    fn advance(&mut self) {
        std::mem::swap(&mut self.previous_expected, &mut self.expected);
        self.expected.clear();
        self.previous = (self.token, self.span);
        (self.token, self.span) = self.lexer.next();
    }

    fn at(&self, spelling: &str) -> bool {
        spells(self.token, spelling)
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// Reads `word` if it is there, else notes it as expected if it is `offered`.
    fn accept_word(&mut self, word: &'static str, offered: bool) -> bool {
        self.accept(self.at_word(word), word, offered)
    }

    fn accept_sign(&mut self, sign: &'static str, offered: bool) -> bool {
        self.accept(self.token == Token::Sign(sign), sign, offered)
    }

    fn accept(&mut self, there: bool, spelling: &'static str, offered: bool) -> bool {
        if there {
            self.advance();
        } else if offered {
            self.expected.push(Expected::Word(spelling));
        }
        there
    }

    fn require_word(&mut self, word: &'static str) -> Result<(), QueryError> {
        if self.accept_word(word, true) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn require_sign(&mut self, sign: &'static str) -> Result<(), QueryError> {
        if self.accept_sign(sign, true) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    // Errors

    fn error(&mut self, kind: ErrorKind, suggestion: Option<&'static str>) -> QueryError {
        QueryError {
            kind,
            position: Locator::new(self.text).locate(self.span),
            expected: self.expected.clone(),
            suggestion,
        }
    }

    fn unexpected(&mut self) -> QueryError {
        let mut suggestion = None;
        let error = match self.token {
            Token::End => SyntaxError::Unexpected {
                found: "end of query".into(),
            },
            Token::Word(word) => {
                let words = self.expected.iter().filter_map(|expected| match expected {
                    Expected::Word(word) | Expected::AttributeName(word) => Some(*word),
                    Expected::Attribute | Expected::String(_) | Expected::Integer | Expected::End => None,
                });
                suggestion = spelling::keyword(word, words);
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
                suggestion = spelling::sign(found);
                SyntaxError::UnknownSign { found: found.into() }
            }
            Token::Bad(Bad::IntegerRange) => SyntaxError::IntegerRange,
            Token::Bad(Bad::IntegerSuffix) => SyntaxError::IntegerSuffix {
                found: excerpt(self.source()),
            },
        };
        self.error(ErrorKind::Syntax(error), suggestion)
    }

    fn unknown_attribute(&mut self, name: &str) -> QueryError {
        let suggestion = spelling::attribute(name);
        self.error(ErrorKind::UnknownAttribute { name: excerpt(name) }, suggestion)
    }

    /// A value of the wrong type; a missing value is a matter of syntax.
    fn invalid_value(&mut self, attribute: &Attribute) -> QueryError {
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
            Token::Sign(_) | Token::End | Token::Bad(_) => return self.unexpected(),
        }
        let suggestion = match (self.token, attribute.kind) {
            (Token::Word(word), Kind::Bool(_)) => spelling::keyword(word, ["true", "false"]),
            _ => None,
        };
        let kind = ErrorKind::InvalidValue {
            attribute: attribute.name,
            found: self.found(),
        };
        self.error(kind, suggestion)
    }

    fn source(&self) -> &'q str {
        self.text
            .get(self.span.start..self.span.end())
            .unwrap_or_default()
    }

    fn found(&self) -> String {
        format!("`{}`", excerpt(self.source()))
    }
}

fn spells(token: Token<'_>, spelling: &str) -> bool {
    match token {
        Token::Word(word) => word.eq_ignore_ascii_case(spelling),
        Token::Sign(sign) => sign == spelling,
        Token::Text(_) | Token::Integer(_) | Token::End | Token::Bad(_) => false,
    }
}

/// As much of the user's text as a message of one line can hold.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
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

/// What to call a character that begins no token: people cannot see why `“` or a no-break space is wrong.
fn name_of(character: char) -> String {
    let name = match character {
        '"' => "double quote `\"`",
        '“' | '”' | '„' | '«' | '»' => "typographic double quote",
        '‘' | '’' | '‚' | '‹' | '›' | '´' => "typographic single quote",
        '`' => "backquote",
        '\u{a0}' | '\u{202f}' | '\u{2007}' => "no-break space",
        '\u{feff}' => "byte-order mark",
        '\u{200b}' | '\u{200c}' | '\u{200d}' => "zero-width character",
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

#[cfg(test)]
mod tests;
