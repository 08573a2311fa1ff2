//! The canonical form: keywords upper case, attributes lower case, one space between tokens, strings as written.
//!
//! A key in parentheses belongs to the name before it (`tag('k')`), so no space parts them. Operands and list items keep
//! their order, and parentheses stand only where the tree needs them.

use std::fmt::{self, Display, Formatter, Write};

use crate::attribute::TextAttribute;
use crate::literal::{Literal, LiteralList};
use crate::operator::Operator;
use crate::tree::{ConditionKey, Expr, KeyedMatch, KeyedTest, Predicate, Query, Side, TextMatch};

const HEAD: &str = "CONFIG FROM IAM WHERE ";

impl Query {
    /// Returns the canonical text with all values in lower case: equal for two queries that differ only in the case of
    /// letters or in white space, so that a hash of it names the search.
    #[must_use]
    pub fn identity(&self) -> String {
        Printed {
            expr: &self.expression,
            lowered: true,
        }
        .to_string()
    }
}

/// Returns the canonical text of a condition, values in lower case.
pub(crate) fn identity(expr: &Expr) -> String {
    Printed { expr, lowered: true }.to_string()
}

/// The canonical text.
impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

/// The canonical text of the query that consists of this condition.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Printed {
            expr: self,
            lowered: false,
        }
        .fmt(f)
    }
}

struct Printed<'e> {
    expr: &'e Expr,
    lowered: bool,
}

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        self.expr(f, self.expr)
    }
}

impl Printed<'_> {
    fn expr(&self, f: &mut Formatter<'_>, expr: &Expr) -> fmt::Result {
        match expr {
            Expr::Or(operands) => self.joined(f, operands, " OR ", |_| false),
            Expr::And(operands) => {
                self.joined(f, operands, " AND ", |operand| matches!(operand, Expr::Or(_)))
            }
            Expr::Not(operand) => {
                f.write_str("NOT ")?;
                self.operand(f, operand, matches!(**operand, Expr::And(_) | Expr::Or(_)))
            }
            Expr::Predicate(predicate) => self.predicate(f, predicate),
        }
    }

    fn joined(
        &self,
        f: &mut Formatter<'_>,
        operands: &[Expr],
        word: &str,
        grouped: impl Fn(&Expr) -> bool,
    ) -> fmt::Result {
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                f.write_str(word)?;
            }
            self.operand(f, operand, grouped(operand))?;
        }
        Ok(())
    }

    fn operand(&self, f: &mut Formatter<'_>, operand: &Expr, grouped: bool) -> fmt::Result {
        if !grouped {
            return self.expr(f, operand);
        }
        f.write_char('(')?;
        self.expr(f, operand)?;
        f.write_char(')')
    }

    fn predicate(&self, f: &mut Formatter<'_>, predicate: &Predicate) -> fmt::Result {
        match predicate {
            Predicate::Text { attribute, test } => {
                write!(f, "{} {} ", attribute.name(), test.operator().spelling())?;
                match &test.matcher {
                    TextMatch::In(list) => self.list(f, list),
                    TextMatch::Contains(needle) => self.literal(f, needle.literal()),
                    TextMatch::Equals(literal)
                    | TextMatch::Like(literal)
                    | TextMatch::StartsWith(literal)
                    | TextMatch::EndsWith(literal) => self.literal(f, literal),
                }
            }
            Predicate::Accounts { first, differ } => {
                let (first, second) = match first {
                    Side::Source => (TextAttribute::SourceAccount, TextAttribute::DestAccount),
                    Side::Dest => (TextAttribute::DestAccount, TextAttribute::SourceAccount),
                };
                write!(f, "{} {} {}", first.name(), equality(*differ), second.name())
            }
            Predicate::Bool {
                attribute,
                negated,
                value,
            } => {
                write!(f, "{} {} {value}", attribute.name(), equality(*negated))
            }
            Predicate::Int {
                attribute,
                comparison,
                value,
            } => {
                write!(
                    f,
                    "{} {} {value}",
                    attribute.name(),
                    comparison.operator().spelling()
                )
            }
            Predicate::Tag { attribute, key, test } => {
                write!(f, "{}(", attribute.name())?;
                self.literal(f, key)?;
                f.write_str(") ")?;
                self.keyed(f, test)
            }
            Predicate::Condition { attribute, key, test } => {
                f.write_str(attribute.name())?;
                match key {
                    ConditionKey::Any => {}
                    ConditionKey::Key(key) => {
                        f.write_char('(')?;
                        self.literal(f, key)?;
                        f.write_char(')')?;
                    }
                    ConditionKey::KeyAndOperator(key, operator) => {
                        f.write_char('(')?;
                        self.literal(f, key)?;
                        f.write_str(", ")?;
                        self.literal(f, operator)?;
                        f.write_char(')')?;
                    }
                }
                f.write_char(' ')?;
                self.keyed(f, test)
            }
            Predicate::Covers { resource } => {
                write!(
                    f,
                    "{} {} ",
                    TextAttribute::DestResourceId.name(),
                    Operator::Covers.spelling()
                )?;
                // Two resources may differ in case alone.
                quoted(f, resource.text())
            }
            Predicate::ContainsAll { actions } => {
                write!(
                    f,
                    "{} {} ",
                    TextAttribute::ActionName.name(),
                    Operator::ContainsAll.spelling()
                )?;
                self.list(f, actions)
            }
        }
    }

    fn keyed(&self, f: &mut Formatter<'_>, test: &KeyedTest) -> fmt::Result {
        f.write_str(test.operator().spelling())?;
        match &test.matcher {
            KeyedMatch::Exists => Ok(()),
            KeyedMatch::Equals(literal) => {
                f.write_char(' ')?;
                self.literal(f, literal)
            }
            KeyedMatch::In(list) => {
                f.write_char(' ')?;
                self.list(f, list)
            }
        }
    }

    fn list(&self, f: &mut Formatter<'_>, list: &LiteralList) -> fmt::Result {
        for (index, item) in list.items().iter().enumerate() {
            f.write_str(if index == 0 { "(" } else { ", " })?;
            self.literal(f, item)?;
        }
        f.write_char(')')
    }

    fn literal(&self, f: &mut Formatter<'_>, literal: &Literal) -> fmt::Result {
        let text = if self.lowered {
            literal.lowered()
        } else {
            literal.text()
        };
        quoted(f, text)
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for (index, part) in text.split('\'').enumerate() {
        if index > 0 {
            f.write_str("''")?;
        }
        f.write_str(part)?;
    }
    f.write_char('\'')
}

fn equality(negated: bool) -> &'static str {
    if negated {
        Operator::NotEqual.spelling()
    } else {
        Operator::Equal.spelling()
    }
}
