//! Remarks on queries that can be run but hardly mean what they say. They never change a result.

mod contradiction;

use std::collections::BTreeSet;

use serde::Serialize;

use self::contradiction::contradictions;
use crate::attribute::{TextAttribute, Values};
use crate::canonical;
use crate::literal::{Literal, LiteralList};
use crate::position::{Locator, Position, Span};
use crate::tree::{Comparison, ConditionKey, Expr, KeyedMatch, Predicate, Query, TextMatch};

/// Most warnings of one query; thousands of copies of one remark help nobody.
pub const MAX_WARNINGS: usize = 100;

/// A remark on a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of remark.
    pub code: WarningCode,
    /// One sentence.
    pub message: String,
    /// What it is about.
    pub position: Position,
}

/// The kinds of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WarningCode {
    /// A literal that no row has, or clauses that exclude each other.
    NeverMatches,
    /// No catalogue has this action.
    UnknownAction,
    /// No catalogue has this service.
    UnknownService,
    /// Several actions inside one string.
    FusedLiteral,
    /// No rows are loaded for this cloud.
    CloudNotLoaded,
    /// Leaving it out changes nothing.
    Redundant,
}

/// What the world holds, as far as warnings want to know. All values come in lower case.
///
/// `()` is the vocabulary of somebody who knows nothing: every action, service and cloud may be there.
pub trait Vocabulary {
    /// Whether there is an action of this name, service prefix included.
    fn has_action(&self, lowered: &str) -> bool;

    /// Whether there is a service of this name.
    fn has_service(&self, lowered: &str) -> bool;

    /// Whether rows of this cloud type are loaded.
    fn has_cloud(&self, lowered: &str) -> bool;

    /// Whether rows have this value although the attribute's list of known values lacks it.
    fn has_value(&self, attribute: TextAttribute, lowered: &str) -> bool;
}

impl Vocabulary for () {
    fn has_action(&self, _: &str) -> bool {
        true
    }

    fn has_service(&self, _: &str) -> bool {
        true
    }

    fn has_cloud(&self, _: &str) -> bool {
        true
    }

    fn has_value(&self, _: TextAttribute, _: &str) -> bool {
        false
    }
}

impl Query {
    /// Remarks on the query, in order of their places, at most [`MAX_WARNINGS`].
    #[must_use]
    pub fn warnings(&self, vocabulary: &impl Vocabulary) -> Vec<Warning> {
        let mut reader = Reader {
            predicates: self.predicates.iter().copied(),
            literals: self.literals.iter().copied(),
            vocabulary,
            found: Vec::new(),
        };
        reader.expr(&self.expression);
        let mut found = reader.found;
        found.sort();
        found.dedup();
        found.truncate(MAX_WARNINGS);
        let mut locator = Locator::new(&self.text);
        found
            .into_iter()
            .map(|(span, code, message)| Warning {
                code,
                message,
                position: locator.locate(span),
            })
            .collect()
    }
}

/// Walks the tree in the order in which the places were noted.
struct Reader<'v, P, L, V> {
    predicates: P,
    literals: L,
    vocabulary: &'v V,
    found: Vec<(Span, WarningCode, String)>,
}

impl<P: Iterator<Item = Span>, L: Iterator<Item = Span>, V: Vocabulary> Reader<'_, P, L, V> {
    fn warn(&mut self, span: Span, code: WarningCode, message: impl Into<String>) {
        self.found.push((span, code, message.into()));
    }

    /// Reads one condition and returns its place.
    fn expr(&mut self, expr: &Expr) -> Span {
        match expr {
            Expr::And(operands) => {
                let spans = self.operands(operands);
                let chain: Vec<(&Expr, Span)> = operands.iter().zip(spans.iter().copied()).collect();
                for span in contradictions(&chain) {
                    let message = "no row satisfies this clause together with those it is joined to by AND";
                    self.warn(span, WarningCode::NeverMatches, message);
                }
                around(&spans)
            }
            Expr::Or(operands) => around(&self.operands(operands)),
            Expr::Not(operand) => {
                let span = self.expr(operand);
                if matches!(**operand, Expr::Not(_)) {
                    self.warn(span, WarningCode::Redundant, "two NOTs cancel each other");
                }
                span
            }
            Expr::Predicate(predicate) => {
                let span = self.predicates.next().unwrap_or_default();
                self.predicate(predicate);
                if let Predicate::Int {
                    comparison: Comparison::Less,
                    value: 0,
                    ..
                } = predicate
                {
                    self.warn(span, WarningCode::NeverMatches, "no number is less than 0");
                }
                span
            }
        }
    }

    fn operands(&mut self, operands: &[Expr]) -> Vec<Span> {
        let mut seen = BTreeSet::new();
        let mut spans = Vec::with_capacity(operands.len());
        for operand in operands {
            let span = self.expr(operand);
            if !seen.insert(canonical::identity(operand)) {
                self.warn(span, WarningCode::Redundant, "the same clause stands before it");
            }
            spans.push(span);
        }
        spans
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Text { attribute, test } => match &test.matcher {
                TextMatch::Equals(literal) | TextMatch::Like(literal) => self.value(*attribute, literal),
                TextMatch::In(list) => self.list(list, |reader, literal, span| {
                    reader.value_at(*attribute, literal, span);
                }),
                TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => {
                    self.literals.next();
                }
            },
            Predicate::Accounts { .. } | Predicate::Bool { .. } | Predicate::Int { .. } => {}
            Predicate::Tag {
                attribute: _,
                key: _,
                test,
            } => {
                self.literals.next();
                self.keyed(&test.matcher);
            }
            Predicate::Condition {
                attribute: _,
                key,
                test,
            } => {
                let literals = match key {
                    ConditionKey::Any => 0,
                    ConditionKey::Key(_) => 1,
                    ConditionKey::KeyAndOperator(..) => 2,
                };
                for _ in 0..literals {
                    self.literals.next();
                }
                self.keyed(&test.matcher);
            }
            Predicate::Covers { .. } => {
                self.literals.next();
            }
            Predicate::ContainsAll { actions } => self.list(actions, |reader, literal, span| {
                reader.value_at(TextAttribute::ActionName, literal, span);
            }),
        }
    }

    fn keyed(&mut self, matcher: &KeyedMatch) {
        match matcher {
            KeyedMatch::Exists => {}
            KeyedMatch::Equals(_) => {
                self.literals.next();
            }
            KeyedMatch::In(list) => self.list(list, |_, _, _| {}),
        }
    }

    fn list(&mut self, list: &LiteralList, each: impl Fn(&mut Self, &Literal, Span)) {
        let mut seen = BTreeSet::new();
        for item in list.items() {
            let span = self.literals.next().unwrap_or_default();
            if seen.insert(item.lowered()) {
                each(self, item, span);
            } else {
                let message = format!("`{}` stands in the list before", item.text());
                self.warn(span, WarningCode::Redundant, message);
            }
        }
    }

    fn value(&mut self, attribute: TextAttribute, literal: &Literal) {
        let span = self.literals.next().unwrap_or_default();
        self.value_at(attribute, literal, span);
    }

    /// Remarks on a literal that stands for a whole value.
    fn value_at(&mut self, attribute: TextAttribute, literal: &Literal, span: Span) {
        let (text, lowered) = (literal.text(), literal.lowered());
        if attribute == TextAttribute::ActionName {
            // An action has one colon at most, and no name of any cloud has a comma.
            if lowered.matches(':').count() > 1 || lowered.contains(',') {
                let message = format!("`{text}` looks like several actions in one string");
                self.warn(span, WarningCode::FusedLiteral, message);
            } else if !self.vocabulary.has_action(lowered) {
                self.warn(
                    span,
                    WarningCode::UnknownAction,
                    format!("no known action is called `{text}`"),
                );
            }
        }
        let service = matches!(
            attribute,
            TextAttribute::SourceServiceName | TextAttribute::DestServiceName
        );
        if service && !self.vocabulary.has_service(lowered) {
            self.warn(
                span,
                WarningCode::UnknownService,
                format!("no known service is called `{text}`"),
            );
        }
        if let Values::Closed(known) = attribute.values() {
            let listed = known.iter().any(|value| literal.equals(value));
            let cloud = matches!(
                attribute,
                TextAttribute::SourceCloudType
                    | TextAttribute::DestCloudType
                    | TextAttribute::GrantedByCloudType
            );
            if !listed && !self.vocabulary.has_value(attribute, lowered) {
                let message = format!("`{}` is never `{text}`", attribute.name());
                self.warn(span, WarningCode::NeverMatches, message);
            } else if cloud && !self.vocabulary.has_cloud(lowered) {
                self.warn(
                    span,
                    WarningCode::CloudNotLoaded,
                    format!("no rows of `{text}` are loaded"),
                );
            }
        }
    }
}

fn around(spans: &[Span]) -> Span {
    match (spans.first(), spans.last()) {
        (Some(first), Some(last)) => first.to(*last),
        _ => Span::default(),
    }
}

#[cfg(test)]
mod tests;
