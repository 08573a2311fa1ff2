//! Warnings about queries that can be run and whose result may mislead. A warning never changes a result.

mod access_level;
mod actions;
mod combination;
mod contradiction;
mod data;
mod destination;
mod values;

use std::collections::BTreeSet;

use serde::Serialize;

use self::access_level::impossible_access_level;
use self::contradiction::contradictions;
use self::data::{missing_rows, no_data};
use self::destination::impossible_destination;
use crate::attribute::TextAttribute;
use crate::canonical;
use crate::known_values::KnownValues;
use crate::literal::{Literal, LiteralList};
use crate::position::{Locator, Position, Span};
use crate::tree::{Comparison, ConditionKey, Expr, KeyedMatch, KeyedTest, Predicate, Query, TextMatch};

/// Most warnings of one query. More copies of one warning help nobody.
pub const MAX_WARNINGS: usize = 100;

/// A warning about a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The kind of the warning.
    pub code: WarningCode,
    /// Says what is wrong and what to do, in one or two sentences without a period at the end.
    pub message: String,
    /// The part of the query that the warning is about.
    pub position: Position,
}

/// The kinds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WarningCode {
    /// No document about any account was imported, so that no row of an imported account can be found.
    NothingImported,
    /// A policy or a group of imported users or roles is not known, so that rows of these principals may be missing.
    IncompletePrincipals,
    /// An attribute has no value in some rows, because a document was not imported.
    NoData,
    /// A literal that no row has, or clauses that exclude each other.
    NeverMatches,
    /// A resource type that does not include the resources inside it.
    NarrowType,
    /// A comparison with one resource that finds no patterns that include the resource.
    NarrowResource,
    /// Destinations in any account (`*`) count as other accounts.
    AnyAccount,
    /// An action that no catalogue has.
    UnknownAction,
    /// A service that no catalogue has.
    UnknownService,
    /// Several actions inside one string.
    FusedLiteral,
    /// A cloud whose rows are not loaded.
    CloudNotLoaded,
    /// A clause or an item without which the result is the same.
    Redundant,
}

impl Query {
    /// Returns the warnings about the query, in the order of their positions, at most [`MAX_WARNINGS`].
    #[must_use]
    pub fn warnings(&self, known: &impl KnownValues) -> Vec<Warning> {
        let mut reader = Reader {
            predicates: self.predicates.iter().copied(),
            literals: self.literals.iter().copied(),
            known,
            is_negated: false,
            found: Vec::new(),
        };
        let whole = reader.expr(&self.expression);
        if let Some(reason) = known.nothing_imported() {
            reader.warn(whole, WarningCode::NothingImported, reason);
        }
        if let Some(reason) = known.incomplete_principals() {
            reader.warn(whole, WarningCode::IncompletePrincipals, reason);
        }
        reader.alone(&self.expression, whole);
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

impl Query {
    /// Returns the first attribute of the query that has no value in some rows, in the words of the warning `NO_DATA`.
    /// The warnings themselves may be too many for one reply.
    #[must_use]
    pub fn without_data(&self, known: &impl KnownValues) -> Option<String> {
        let mut first = None;
        self.expression.visit(&mut |predicate| {
            if first.is_none() {
                first = no_data(predicate, known);
            }
        });
        first
    }
}

/// Walks the tree in the order in which the places were noted.
struct Reader<'v, P, L, V> {
    predicates: P,
    literals: L,
    known: &'v V,
    /// Says whether an odd number of NOTs is around the condition
    is_negated: bool,
    found: Vec<(Span, WarningCode, String)>,
}

impl<P: Iterator<Item = Span>, L: Iterator<Item = Span>, V: KnownValues> Reader<'_, P, L, V> {
    fn warn(&mut self, span: Span, code: WarningCode, message: impl Into<String>) {
        self.found.push((span, code, message.into()));
    }

    /// Returns the place of the next literal.
    fn literal(&mut self) -> Span {
        self.literals.next().unwrap_or_default()
    }

    /// Reads one condition and returns its place.
    fn expr(&mut self, expr: &Expr) -> Span {
        match expr {
            Expr::And(operands) => {
                let spans = self.operands(operands);
                let chain: Vec<(&Expr, Span)> = operands.iter().zip(spans.iter().copied()).collect();
                for span in contradictions(&chain) {
                    let message =
                        "no row satisfies this clause together with the clauses that AND joins to it";
                    self.warn(span, WarningCode::NeverMatches, message);
                }
                self.chain(&chain);
                around(&spans)
            }
            Expr::Or(operands) => {
                let spans = self.operands(operands);
                for (operand, span) in operands.iter().zip(&spans) {
                    self.alone(operand, *span);
                }
                around(&spans)
            }
            Expr::Not(operand) => {
                self.is_negated = !self.is_negated;
                let span = self.expr(operand);
                self.is_negated = !self.is_negated;
                if matches!(**operand, Expr::Not(_)) {
                    self.warn(span, WarningCode::Redundant, "two NOTs cancel each other");
                }
                span
            }
            Expr::Predicate(predicate) => {
                let span = self.predicates.next().unwrap_or_default();
                self.data(predicate, span);
                if let Some(message) = combination::narrow_resource(predicate, self.is_negated) {
                    self.warn(span, WarningCode::NarrowResource, message);
                }
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
                self.warn(span, WarningCode::Redundant, "an earlier clause is the same");
            }
            spans.push(span);
        }
        spans
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::Text { attribute, test } => match &test.matcher {
                TextMatch::In(list) => self.list(list, |reader, literal, span| {
                    reader.note(span, values::of_whole(*attribute, literal, reader.known));
                }),
                TextMatch::Equals(literal) => {
                    let span = self.literal();
                    self.note(span, values::of_whole(*attribute, literal, self.known));
                }
                TextMatch::Like(literal) => {
                    let span = self.literal();
                    self.note(span, values::of_like(*attribute, literal, self.known));
                }
                TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => {
                    let span = self.literal();
                    self.note(span, values::of_part(*attribute, &test.matcher, self.known));
                }
            },
            Predicate::Accounts { .. } | Predicate::Bool { .. } | Predicate::Int { .. } => {}
            Predicate::Tag { attribute, key, test } => {
                let span = self.literal();
                let key = key.lowered();
                let has = |known: &V, value: Option<&str>| known.has_tag(*attribute, key, value);
                if !self.asks_for_absence(test) {
                    self.key(span, attribute.name(), key, &has);
                }
                self.keyed(&test.matcher, attribute.name(), key, &has);
            }
            Predicate::Condition { attribute, key, test } => {
                let has = |known: &V, value: Option<&str>| known.has_condition(key, value);
                let name = match key {
                    ConditionKey::Any => "",
                    ConditionKey::Key(name) => {
                        let span = self.literal();
                        if !self.asks_for_absence(test) {
                            self.key(span, attribute.name(), name.text(), &has);
                        }
                        name.text()
                    }
                    ConditionKey::KeyAndOperator(name, operator) => {
                        let span = self.literal();
                        let alone = ConditionKey::Key(name.clone());
                        let has_key = |known: &V, value: Option<&str>| known.has_condition(&alone, value);
                        let is_wanted = !self.asks_for_absence(test);
                        let is_found = is_wanted && self.key(span, attribute.name(), name.text(), &has_key);
                        let span = self.literal();
                        if is_found && has(self.known, None) == Some(false) {
                            let message = format!(
                                "no row has a condition on `{}` with the operator `{}`",
                                name.text(),
                                operator.text()
                            );
                            self.warn(span, WarningCode::NeverMatches, message);
                        }
                        name.text()
                    }
                };
                self.keyed(&test.matcher, attribute.name(), name, &has);
            }
            Predicate::Covers { .. } => {
                self.literals.next();
            }
            Predicate::ContainsAll { actions } => self.list(actions, |reader, literal, span| {
                reader.note(
                    span,
                    values::of_whole(TextAttribute::ActionName, literal, reader.known),
                );
            }),
        }
    }

    fn note(&mut self, span: Span, found: impl IntoIterator<Item = (WarningCode, String)>) {
        for (code, message) in found {
            self.warn(span, code, message);
        }
    }

    /// Returns whether a test looks for what lacks a key: then it is an answer that nothing has the key.
    fn asks_for_absence(&self, test: &KeyedTest) -> bool {
        test.matcher == KeyedMatch::Exists && test.negated != self.is_negated
    }

    /// Warns about a key that nothing has, and returns whether something may have it.
    fn key(
        &mut self,
        span: Span,
        attribute: &str,
        key: &str,
        has: &impl Fn(&V, Option<&str>) -> Option<bool>,
    ) -> bool {
        let is_missing = has(self.known, None) == Some(false);
        if is_missing {
            let message = format!("no row has a value of `{attribute}` under the key `{key}`");
            self.warn(span, WarningCode::NeverMatches, message);
        }
        !is_missing
    }

    /// Warns about values that nothing has under a key.
    fn keyed(
        &mut self,
        matcher: &KeyedMatch,
        attribute: &str,
        key: &str,
        has: &impl Fn(&V, Option<&str>) -> Option<bool>,
    ) {
        let of_value = |reader: &mut Self, literal: &Literal, span: Span| {
            // One warning about the key says that no value occurs.
            let is_missing = has(reader.known, None) != Some(false)
                && has(reader.known, Some(literal.lowered())) == Some(false);
            if is_missing {
                let text = literal.text();
                let hint = values::without_wildcards(None, text);
                let message = format!("no row has `{attribute}` with the key `{key}` = `{text}`{hint}");
                reader.warn(span, WarningCode::NeverMatches, message);
            }
        };
        match matcher {
            KeyedMatch::Exists => {}
            KeyedMatch::Equals(literal) => {
                let span = self.literal();
                of_value(self, literal, span);
            }
            KeyedMatch::In(list) => self.list(list, of_value),
        }
    }

    fn list(&mut self, list: &LiteralList, each: impl Fn(&mut Self, &Literal, Span)) {
        let mut seen = BTreeSet::new();
        for item in list.items() {
            let span = self.literal();
            if seen.insert(item.lowered()) {
                each(self, item, span);
            } else {
                let message = format!("the list holds `{}` twice", item.text());
                self.warn(span, WarningCode::Redundant, message);
            }
        }
    }

    /// Warns about an attribute that has no value in some rows. Such a predicate is false of these rows, and its complement
    /// is true of them, so that the warning does not depend on what stands around the predicate. Warns about rows that are
    /// missing, too: whether a predicate asks for them depends on the NOTs around it.
    fn data(&mut self, predicate: &Predicate, span: Span) {
        let messages = no_data(predicate, self.known).into_iter();
        for message in messages.chain(missing_rows(predicate, self.is_negated, self.known)) {
            self.warn(span, WarningCode::NoData, message);
        }
    }

    /// Warns about clauses of one AND chain that are right alone.
    fn chain(&mut self, chain: &[(&Expr, Span)]) {
        self.destination(chain);
        if let Some((span, message)) = impossible_access_level(chain, self.known) {
            self.warn(span, WarningCode::NeverMatches, message);
        }
        if let Some((span, message)) = combination::narrow_type(chain) {
            self.warn(span, WarningCode::NarrowType, message);
        }
        self.other_accounts(chain);
    }

    /// Warns about a chain whose actions do not work on its destinations.
    fn destination(&mut self, chain: &[(&Expr, Span)]) {
        if let Some((span, message)) = impossible_destination(chain, self.known) {
            self.warn(span, WarningCode::NeverMatches, message);
        }
    }

    /// Warns about a single clause that is the whole query, or an operand of OR: it is a chain of one.
    fn alone(&mut self, expression: &Expr, span: Span) {
        if matches!(expression, Expr::Predicate(_) | Expr::Not(_)) {
            let chain = [(expression, span)];
            self.destination(&chain);
            if let Some((span, message)) = combination::narrow_type(&chain) {
                self.warn(span, WarningCode::NarrowType, message);
            }
            self.other_accounts(&chain);
        }
    }

    /// Warns about a query across accounts that does not exclude destinations in any account, as the documented idiom does.
    fn other_accounts(&mut self, chain: &[(&Expr, Span)]) {
        if let Some(span) = combination::counts_any_account(chain) {
            let message = "destinations in any account (`*`) differ from every account and match; \
                           to exclude them, add AND dest.cloud.account != '*'";
            self.warn(span, WarningCode::AnyAccount, message);
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
