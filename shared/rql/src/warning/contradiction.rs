//! Warns about clauses of one AND chain that exclude each other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::attribute::{BoolAttribute, IntAttribute, TextAttribute};
use crate::canonical;
use crate::known_values::Part;
use crate::literal::Literal;
use crate::position::Span;
use crate::tree::{Comparison, Expr, Predicate, TextMatch, TextTest};

/// Returns the last clause of every group of clauses in an AND chain that cannot all hold.
pub(super) fn contradictions(chain: &[(&Expr, Span)]) -> Vec<Span> {
    let mut excluded = Vec::new();
    let mut texts: BTreeMap<TextAttribute, Vec<(&TextTest, bool, Span)>> = BTreeMap::new();
    let mut flags: BTreeMap<BoolAttribute, (Truths, Span)> = BTreeMap::new();
    let mut numbers: BTreeMap<IntAttribute, (Range, Span)> = BTreeMap::new();
    let positive: BTreeSet<String> = chain.iter().map(|(expr, _)| canonical::identity(expr)).collect();
    let mut accounts: Option<bool> = None;
    for &(expr, span) in chain {
        let (inner, complement) = expr.without_not();
        if complement && positive.contains(&canonical::identity(inner)) {
            excluded.push(span);
        }
        match inner {
            Expr::Predicate(Predicate::Text { attribute, test }) => {
                texts
                    .entry(*attribute)
                    .or_default()
                    .push((test, test.negated != complement, span));
            }
            Expr::Predicate(Predicate::Bool {
                attribute,
                negated,
                value,
            }) => {
                let entry = flags.entry(*attribute).or_insert((Truths::ALL, span));
                *entry = (entry.0.narrowed(*value, *negated != complement), span);
            }
            Expr::Predicate(Predicate::Int {
                attribute,
                comparison,
                value,
            }) if !complement => {
                let entry = numbers.entry(*attribute).or_insert((Range::ALL, span));
                *entry = (entry.0.narrowed(*comparison, *value), span);
            }
            Expr::Predicate(Predicate::Accounts { first: _, differ }) => {
                let differ = *differ != complement;
                if accounts.replace(differ).is_some_and(|before| before != differ) {
                    excluded.push(span);
                }
            }
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_) => {}
        }
    }
    for (attribute, tests) in texts {
        if let Some(&(_, _, span)) = tests.last()
            && has_one_value(attribute)
            && (no_value_passes(&tests) || no_value_has_all_parts(&tests))
        {
            excluded.push(span);
        }
    }
    for span in flags
        .into_values()
        .filter_map(|(truths, span)| truths.is_empty().then_some(span))
    {
        excluded.push(span);
    }
    for span in numbers
        .into_values()
        .filter_map(|(range, span)| range.is_empty().then_some(span))
    {
        excluded.push(span);
    }
    excluded
}

/// Returns whether a row has at most one spelling of the attribute, so that two different literals exclude each other.
fn has_one_value(attribute: TextAttribute) -> bool {
    !matches!(
        attribute,
        TextAttribute::SourceAccount
            | TextAttribute::DestAccount
            | TextAttribute::SourceAccountGroup
            | TextAttribute::DestAccountGroup
            | TextAttribute::SourceRegion
            | TextAttribute::DestRegion
            | TextAttribute::SourceIdpService
    )
}

#[cfg(test)]
thread_local! {
    /// Values that were looked up or compared, to measure how the work grows
    pub(super) static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Returns whether some test allows only a few values and none of them passes all tests.
fn no_value_passes(tests: &[(&TextTest, bool, Span)]) -> bool {
    let allowing = tests.iter().filter(|(_, negated, _)| !negated);
    let few = allowing.filter_map(|(test, ..)| named(&test.matcher));
    let Some(few) = few.min_by_key(Vec::len) else {
        return false;
    };
    let mut left: BTreeSet<&str> = few.into_iter().collect();
    // What a test names is looked up among the values that are left, so that the values are not compared with each test.
    for (test, negated, _) in tests {
        let Some(named) = named(&test.matcher) else {
            continue;
        };
        #[cfg(test)]
        COMPARED.with(|compared| compared.set(compared.get().saturating_add(named.len())));
        if *negated {
            for value in named {
                left.remove(value);
            }
        } else {
            left = named.into_iter().filter(|value| left.contains(value)).collect();
        }
    }
    // Values with one beginning are neighbours, and with one end when they are read backwards. So a test looks only at values that
    // do not pass.
    let mut left: BTreeSet<String> = left.into_iter().map(str::to_owned).collect();
    for (literal, negated) in of_part(tests, Part::Start) {
        keep(&mut left, literal.lowered(), negated);
    }
    let mut left: BTreeSet<String> = left.iter().map(|value| backwards(value)).collect();
    for (literal, negated) in of_part(tests, Part::End) {
        keep(&mut left, &backwards(literal.lowered()), negated);
    }
    for (literal, negated) in of_part(tests, Part::Anywhere) {
        let text = backwards(literal.lowered());
        left.retain(|value| value.contains(&text) != negated);
    }
    left.is_empty()
}

/// Keeps the values that begin with a text, or when it is negated, those that do not.
fn keep(values: &mut BTreeSet<String>, beginning: &str, negated: bool) {
    let begins = |value: &String| value.starts_with(beginning);
    #[cfg(test)]
    let before = values.len();
    if negated {
        let own = values.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        let own: Vec<String> = own.take_while(|value| begins(value)).cloned().collect();
        for value in own {
            values.remove(&value);
        }
    } else {
        while values.first().is_some_and(|value| !begins(value)) {
            values.pop_first();
        }
        while values.last().is_some_and(|value| !begins(value)) {
            values.pop_last();
        }
    }
    #[cfg(test)]
    COMPARED.with(|compared| {
        let removed = before.saturating_sub(values.len());
        compared.set(compared.get().saturating_add(removed).saturating_add(1));
    });
}

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// Returns what values must begin or end with, or must not, which the second part says.
fn of_part<'t>(
    tests: &'t [(&TextTest, bool, Span)],
    wanted: Part,
) -> impl Iterator<Item = (&'t Literal, bool)> {
    let parts = tests
        .iter()
        .filter_map(|(test, negated, _)| Some((Part::of(&test.matcher)?, *negated)));
    let own = parts.filter(move |((part, _), _)| *part == wanted);
    own.map(|((_, literal), negated)| (literal, negated))
}

/// Returns all values that pass a test, in lower case; `None` when the test has a pattern.
fn named(matcher: &TextMatch) -> Option<Vec<&str>> {
    match matcher {
        TextMatch::Equals(literal) => Some(vec![literal.lowered()]),
        TextMatch::In(list) => Some(list.distinct().collect()),
        TextMatch::Like(literal) => Some(vec![literal.lowered(), "*"]),
        TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => None,
    }
}

/// Returns whether a value would have to begin with two texts of which none begins with the other, or to end with two such
/// texts.
fn no_value_has_all_parts(tests: &[(&TextTest, bool, Span)]) -> bool {
    let of_part = |wanted: Part| {
        let parts = of_part(tests, wanted).filter(|(_, negated)| !negated);
        parts.map(|(literal, _)| literal.lowered()).collect::<Vec<_>>()
    };
    let exclude = |parts: &[&str], is_part: fn(&str, &str) -> bool| {
        let longest = parts.iter().max_by_key(|part| part.len());
        longest.is_some_and(|longest| parts.iter().any(|part| !is_part(longest, part)))
    };
    exclude(&of_part(Part::Start), |whole, part| whole.starts_with(part))
        || exclude(&of_part(Part::End), |whole, part| whole.ends_with(part))
}

/// Says which of true, false and absent are still possible.
#[derive(Clone, Copy)]
struct Truths {
    yes: bool,
    no: bool,
    absent: bool,
}

impl Truths {
    const ALL: Self = Self {
        yes: true,
        no: true,
        absent: true,
    };

    fn narrowed(self, value: bool, negated: bool) -> Self {
        Self {
            yes: self.yes && value != negated,
            no: self.no && value == negated,
            absent: self.absent && negated,
        }
    }

    fn is_empty(self) -> bool {
        !(self.yes || self.no || self.absent)
    }
}

/// Says which numbers are still possible, *never* standing above all of them.
#[derive(Clone, Copy)]
struct Range {
    least: i64,
    most: i64,
}

impl Range {
    const ALL: Self = Self {
        least: 0,
        most: i64::MAX,
    };

    fn narrowed(self, comparison: Comparison, value: u32) -> Self {
        let value = i64::from(value);
        let (least, most) = match comparison {
            Comparison::Greater => (value.saturating_add(1), i64::MAX),
            Comparison::GreaterOrEqual => (value, i64::MAX),
            Comparison::Less => (0, value.saturating_sub(1)),
            Comparison::LessOrEqual => (0, value),
            Comparison::Equal => (value, value),
            Comparison::NotEqual => (0, i64::MAX),
        };
        Self {
            least: self.least.max(least),
            most: self.most.min(most),
        }
    }

    fn is_empty(self) -> bool {
        self.least > self.most
    }
}
