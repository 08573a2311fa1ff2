//! Evaluates a query for one row. This is the reference that every engine must agree with.
//!
//! Logic is two-valued: a predicate is true or false, and NOT is the exact complement. An absent value equals nothing, so
//! the positive operators are false of it and the negative ones true. Conditions are the exception that the language
//! documents: their negative operators look for another statement or another value, see [`grant_holds`].

use crate::attribute::{BoolAttribute, IntAttribute, TagAttribute, TextAttribute};
use crate::tree::{
    Comparison, ConditionKey, Expr, KeyedMatch, KeyedTest, Predicate, Side, TextMatch, TextTest,
};

/// One row as the language sees it.
///
/// Where a method asks for *any*, it hands every value to `test` until one passes, and returns whether one did. A row
/// without a value never calls `test`.
pub trait RowView {
    /// One statement that grants the row.
    type Grant: GrantView;

    /// Returns whether any spelling of `attribute` passes.
    ///
    /// Most attributes have one value or none. More than one have
    /// - accounts: the display name and the id; `*` for a destination in any account; none for a public source,
    /// - account groups: every group the account is in,
    /// - regions: the display name and the code,
    /// - `source.idp.service`: only the value of the row; [`evaluate`] adds the other spellings itself.
    fn any_text(&self, attribute: TextAttribute, test: impl FnMut(&str) -> bool) -> bool;

    /// Returns whether the destination is this resource or names it among others, and the row holds for the resource.
    fn covers(&self, resource: &str) -> bool;

    /// Returns the id of the account of one side; `*` for a destination in any account; `None` for a public source.
    fn account_id(&self, side: Side) -> Option<&str>;

    /// Returns a truth value; `None` if it is not known. Not asked for `dest.cloud.wildcardscope`, which follows from
    /// the destination's id.
    fn flag(&self, attribute: BoolAttribute) -> Option<bool>;

    /// Returns a whole number or a time in whole days.
    fn number(&self, attribute: IntAttribute) -> Number;

    /// Returns whether any tag passes; `test` takes its key and its value.
    fn any_tag(&self, attribute: TagAttribute, test: impl FnMut(&str, &str) -> bool) -> bool;

    /// Returns whether any of the statements that grant the row passes.
    fn any_grant(&self, test: impl FnMut(&Self::Grant) -> bool) -> bool;
}

/// The conditions of one granting statement.
pub trait GrantView {
    /// Returns whether any pair of condition operator and condition key passes, in this order; a statement without
    /// conditions has none.
    fn any_key(&self, test: impl FnMut(&str, &str) -> bool) -> bool;

    /// Returns whether any triple of condition operator, condition key and value passes, in this order.
    fn any_value(&self, test: impl FnMut(&str, &str, &str) -> bool) -> bool;
}

/// A statement without conditions
#[derive(Debug, Clone, Copy)]
pub struct Unconditional;

impl GrantView for Unconditional {
    fn any_key(&self, _: impl FnMut(&str, &str) -> bool) -> bool {
        false
    }

    fn any_value(&self, _: impl FnMut(&str, &str, &str) -> bool) -> bool {
        false
    }
}

/// A whole number, or how many days ago something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// A count, or whole days up to the snapshot's UTC date.
    Known(u32),
    /// Never in the tracked period: infinitely many days ago.
    Never,
    /// Uses are not tracked, so that there is no value.
    Absent,
}

/// Returns whether the row satisfies the condition.
///
/// `CONTAINS ALL` is a test of sets of rows; here it holds where the row's action is one of the list, which every row that
/// [`crate::select`] keeps satisfies.
#[must_use]
pub fn evaluate(expr: &Expr, row: &impl RowView) -> bool {
    match expr {
        Expr::And(operands) => operands.iter().all(|operand| evaluate(operand, row)),
        Expr::Or(operands) => operands.iter().any(|operand| evaluate(operand, row)),
        Expr::Not(operand) => !evaluate(operand, row),
        Expr::Predicate(predicate) => predicate_holds(predicate, row),
    }
}

/// Returns whether a row of which not everything is known satisfies the condition; `known` decides predicates as far as
/// that is possible. `None` when it can be either. Where every row with the known facts has the same answer, it may
/// still be `None`, because predicates are looked at one by one.
#[must_use]
pub fn decide(expr: &Expr, known: &impl Fn(&Predicate) -> Option<bool>) -> Option<bool> {
    // One operand with the decisive answer is enough.
    let chain = |operands: &[Expr], decisive: bool| {
        let mut is_open = false;
        for operand in operands {
            match decide(operand, known) {
                Some(answer) if answer == decisive => return Some(decisive),
                Some(_) => {}
                None => is_open = true,
            }
        }
        (!is_open).then_some(!decisive)
    };
    match expr {
        Expr::And(operands) => chain(operands, false),
        Expr::Or(operands) => chain(operands, true),
        Expr::Not(operand) => decide(operand, known).map(|holds| !holds),
        Expr::Predicate(predicate) => known(predicate),
    }
}

/// Returns whether the row passes one test.
#[must_use]
pub fn predicate_holds(predicate: &Predicate, row: &impl RowView) -> bool {
    match predicate {
        Predicate::Text { attribute, test } => text_holds(*attribute, test, row),
        Predicate::Accounts { first: _, differ } => {
            let same = row.account_id(Side::Source).is_some_and(|source| {
                // `*` is not an account, so that not even `*` is equal to it.
                source != "*" && row.account_id(Side::Dest) == Some(source)
            });
            same != *differ
        }
        Predicate::Bool {
            attribute,
            negated,
            value,
        } => {
            let found = match attribute {
                BoolAttribute::DestWildcardScope => {
                    Some(row.any_text(TextAttribute::DestResourceId, is_wildcard_scope))
                }
                BoolAttribute::SourceAccountIsVendor
                | BoolAttribute::SourceMfaEnabled
                | BoolAttribute::SourcePublic
                | BoolAttribute::SourceReachesAdministrator
                | BoolAttribute::SourceReachesAdministratorCertainly
                | BoolAttribute::PolicyIsExcessive
                | BoolAttribute::ActionIsAdministrative => row.flag(*attribute),
            };
            (found == Some(*value)) != *negated
        }
        Predicate::Int {
            attribute,
            comparison,
            value,
        } => comparison.holds(row.number(*attribute), *value),
        Predicate::Tag { attribute, key, test } => {
            let found = row.any_tag(*attribute, |k, v| key.equals(k) && test.matcher.holds(v));
            found != test.negated
        }
        Predicate::Condition {
            attribute: _,
            key,
            test,
        } => row.any_grant(|grant| grant_holds(key, test, grant)),
        Predicate::Covers { resource } => row.covers(resource.text()),
        Predicate::ContainsAll { actions } => {
            row.any_text(TextAttribute::ActionName, |name| actions.contains(name))
        }
    }
}

fn text_holds(attribute: TextAttribute, test: &TextTest, row: &impl RowView) -> bool {
    let matcher = &test.matcher;
    let found = row.any_text(attribute, |text| {
        matcher.holds(text)
            || (attribute == TextAttribute::SourceIdpService
                && idp_service_spellings(text)
                    .iter()
                    .any(|spelling| matcher.holds(spelling)))
    });
    found != test.negated
}

impl TextTest {
    /// Returns whether a value with these spellings passes the test; without any, whether an absent value does.
    ///
    /// Lets an engine test every distinct value once instead of every row. `source.idp.service` has more spellings than
    /// its value, see [`idp_service_spellings`].
    #[must_use]
    pub fn holds<'t>(&self, spellings: impl IntoIterator<Item = &'t str>) -> bool {
        spellings.into_iter().any(|spelling| self.matcher.holds(spelling)) != self.negated
    }
}

impl TextMatch {
    /// Returns whether a value passes the test.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(literal) => literal.equals(text),
            Self::In(list) => list.contains(text),
            Self::Like(literal) => text == "*" || literal.equals(text),
            Self::StartsWith(literal) => literal.starts(text),
            Self::EndsWith(literal) => literal.ends(text),
            Self::Contains(needle) => needle.occurs(text),
        }
    }
}

impl KeyedMatch {
    /// Returns whether a value that is there passes the test.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Equals(literal) => literal.equals(text),
            Self::In(list) => list.contains(text),
        }
    }
}

impl Comparison {
    /// Returns whether a number passes the comparison with `value`.
    #[must_use]
    pub fn holds(self, number: Number, value: u32) -> bool {
        // `Never` is later than any literal. `None` is no value, for which only `!=` is true.
        let number = match number {
            Number::Known(number) => Some(u64::from(number)),
            Number::Never => Some(u64::MAX),
            Number::Absent => None,
        };
        let value = u64::from(value);
        match self {
            Self::Greater => number.is_some_and(|number| number > value),
            Self::LessOrEqual => number.is_some_and(|number| number <= value),
            Self::Equal => number == Some(value),
            Self::NotEqual => number != Some(value),
            Self::Less => number.is_some_and(|number| number < value),
            Self::GreaterOrEqual => number.is_some_and(|number| number >= value),
        }
    }
}

/// Returns whether one granting statement passes a test of conditions; a row passes if any of its statements does.
///
/// Existential, negation included: `DOES NOT EXIST` finds a granting statement that lacks the key (or, without a key, has
/// no condition at all), and `!=` finds a value other than the literal under the key. Neither is the complement of its
/// positive form; NOT in front of the predicate is.
#[must_use]
pub fn grant_holds(key: &ConditionKey, test: &KeyedTest, grant: &impl GrantView) -> bool {
    match &test.matcher {
        KeyedMatch::Exists => grant.any_key(|operator, name| key.covers(operator, name)) != test.negated,
        matcher @ (KeyedMatch::Equals(_) | KeyedMatch::In(_)) => grant.any_value(|operator, name, value| {
            key.covers(operator, name) && matcher.holds(value) != test.negated
        }),
    }
}

impl ConditionKey {
    /// Returns whether a condition under this operator, on this key, is looked at.
    ///
    /// A plain operator also covers its `IfExists` form and its forms for sets (`ForAllValues:`, `ForAnyValue:`); a
    /// qualified one covers only itself.
    #[must_use]
    pub fn covers(&self, operator: &str, key: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Key(wanted) => wanted.equals(key),
            Self::KeyAndOperator(wanted, wanted_operator) => {
                wanted.equals(key)
                    && (wanted_operator.equals(operator) || wanted_operator.equals(unqualified(operator)))
            }
        }
    }
}

/// Returns the condition operator without its qualifiers.
fn unqualified(operator: &str) -> &str {
    let plain = match operator.split_once(':') {
        Some((set, rest))
            if set.eq_ignore_ascii_case("ForAllValues") || set.eq_ignore_ascii_case("ForAnyValue") =>
        {
            rest
        }
        _ => operator,
    };
    let suffix = plain.len().saturating_sub("IfExists".len());
    match (plain.get(..suffix), plain.get(suffix..)) {
        (Some(head), Some(tail)) if tail.eq_ignore_ascii_case("IfExists") => head,
        _ => plain,
    }
}

/// Returns whether `dest.cloud.wildcardscope` is true of a destination with this id: it holds a `*` or a `?` anywhere.
#[must_use]
pub fn is_wildcard_scope(resource_id: &str) -> bool {
    resource_id.contains(['*', '?'])
}

/// Returns what queries call an identity provider beside the value of the row.
#[must_use]
pub fn idp_service_spellings(service: &str) -> &'static [&'static str] {
    if service == "AZURE_AD" {
        &["Azure Active Directory"]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests;
