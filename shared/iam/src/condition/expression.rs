//! An expression is what remains of a condition while some of its keys are unknown.

use super::key_test::KeyTest;
use crate::context::{ConditionKeys, Lookup};
use crate::matching::PatternTest;
use std::sync::Arc;

/// Most atoms of an expression; beyond them it is [`Expression::Complex`].
///
/// Nobody reads more, and simplification compares the members of a list pairwise.
pub const MAX_ATOMS: usize = 64;

/// Most atoms of a list whose members are compared pairwise, to find those that repeat or exclude others.
const MOST_COMPARED: usize = MAX_ATOMS * 4;

/// The smallest test
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// The key is absent or null
    Null(Box<str>),
    /// An operator on a key
    Key(KeyTest),
    /// A resource against a pattern with variables
    Pattern(PatternTest),
    /// An operator that does not exist: never known
    Unsupported {
        /// The operator, as the document writes it.
        operator: String,
        /// The condition key, as the document writes it.
        key: String,
        /// The values, as the document writes them.
        values: Vec<String>,
    },
}

impl Atom {
    fn evaluate(&self, keys: &dyn ConditionKeys) -> Option<bool> {
        match self {
            Self::Null(key) => match keys.lookup(key) {
                Lookup::Present(_) | Lookup::Begins(_) => Some(false),
                Lookup::Absent => Some(true),
                Lookup::Other(_) | Lookup::Unknown => None,
            },
            Self::Key(test) => test.evaluate(keys),
            Self::Pattern(test) => test.evaluate(keys),
            Self::Unsupported { .. } => None,
        }
    }

    fn excludes(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Key(one), Self::Key(other)) if one.excludes(other))
    }
}

/// A condition in three-valued logic: true, false, or what it depends on
///
/// Kept in negation normal form and simplified as it is built (constants, repetitions, complements, absorption), so
/// that a known answer is always [`Expression::True`] or [`Expression::False`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expression {
    /// The condition holds for every request.
    True,
    /// Does not hold
    False,
    /// Holds when the atom does
    Atom(Arc<Atom>),
    /// Holds when the atom does not
    Not(Arc<Atom>),
    /// Holds when all members do; at least two, sorted
    And(Vec<Self>),
    /// Holds when some member does; at least two, sorted
    Or(Vec<Self>),
    /// Unknown, and too long to say on what it hangs
    Complex,
}

impl From<bool> for Expression {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Expression {
    /// Returns the answer, when it does not depend on anything any more.
    #[must_use]
    pub const fn decided(&self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Atom(_) | Self::Not(_) | Self::And(_) | Self::Or(_) | Self::Complex => None,
        }
    }

    /// Returns a condition that consists of one test.
    #[must_use]
    pub fn atom(atom: Atom) -> Self {
        Self::Atom(Arc::new(atom))
    }

    /// Returns a condition that holds if both of these hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, one) | (one, Self::True) => one,
            (one, other) => combine([one, other], Join::And),
        }
    }

    /// Returns one or both hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, one) | (one, Self::False) => one,
            (one, other) => combine([one, other], Join::Or),
        }
    }

    /// Returns the expression that all of these hold; true without any.
    #[must_use]
    pub fn all(members: impl IntoIterator<Item = Self>) -> Self {
        combine(members, Join::And)
    }

    /// Returns the expression that some of these holds; false without any.
    #[must_use]
    pub fn any(members: impl IntoIterator<Item = Self>) -> Self {
        combine(members, Join::Or)
    }

    /// Holds when this does not.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Atom(atom) => Self::Not(atom),
            Self::Not(atom) => Self::Atom(atom),
            Self::And(members) => Self::any(members.into_iter().map(Self::negate)),
            Self::Or(members) => Self::all(members.into_iter().map(Self::negate)),
            Self::Complex => Self::Complex,
        }
    }

    /// Returns the answer under `keys`, if what is known decides it; allocates nothing.
    #[must_use]
    pub fn evaluate(&self, keys: &dyn ConditionKeys) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Atom(atom) => atom.evaluate(keys),
            Self::Not(atom) => atom.evaluate(keys).map(|holds| !holds),
            Self::And(members) => fold(members, keys, false),
            Self::Or(members) => fold(members, keys, true),
            Self::Complex => None,
        }
    }

    /// Returns what remains when everything that `keys` knows is filled in.
    #[must_use]
    pub fn resolve(&self, keys: &dyn ConditionKeys) -> Self {
        if let Some(holds) = self.evaluate(keys) {
            return holds.into();
        }
        match self {
            Self::And(members) | Self::Or(members) => {
                let left: Vec<Self> = members.iter().map(|member| member.resolve(keys)).collect();
                if left == *members {
                    // Nothing was filled in: it is as simple as it was.
                    self.clone()
                } else if matches!(self, Self::And(_)) {
                    Self::all(left)
                } else {
                    Self::any(left)
                }
            }
            Self::True | Self::False | Self::Atom(_) | Self::Not(_) | Self::Complex => self.clone(),
        }
    }

    /// Returns whether a policy variable in a value has neither value nor default.
    pub(crate) fn lacks_variable(&self, keys: &dyn ConditionKeys) -> bool {
        match self {
            Self::True | Self::False | Self::Complex => false,
            Self::Atom(atom) | Self::Not(atom) => match &**atom {
                Atom::Key(test) => test.lacks_variable(keys),
                Atom::Null(_) | Atom::Pattern(_) | Atom::Unsupported { .. } => false,
            },
            Self::And(members) | Self::Or(members) => {
                members.iter().any(|member| member.lacks_variable(keys))
            }
        }
    }

    /// Returns the number of atoms, with repetitions.
    #[must_use]
    pub fn atoms(&self) -> usize {
        match self {
            Self::True | Self::False | Self::Complex => 0,
            Self::Atom(_) | Self::Not(_) => 1,
            Self::And(members) | Self::Or(members) => members.iter().map(Self::atoms).sum(),
        }
    }

    /// Returns whether `self` and `other` are each other's opposite.
    fn opposes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Atom(one), Self::Not(other)) | (Self::Not(one), Self::Atom(other)) => one == other,
            (_, _) => false,
        }
    }

    /// Returns whether `self` and `other` cannot hold at once.
    fn excludes(&self, other: &Self) -> bool {
        let unreadable = matches!((self, other), (Self::Atom(one), Self::Atom(other)) if one.excludes(other));
        unreadable || self.opposes(other)
    }
}

/// Computes Kleene's and (`stop` false) and or (`stop` true)
fn fold(members: &[Expression], keys: &dyn ConditionKeys, stop: bool) -> Option<bool> {
    let mut result = Some(!stop);
    for member in members {
        match member.evaluate(keys) {
            Some(holds) if holds == stop => return Some(stop),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    And,
    Or,
}

impl Join {
    /// Returns the members of `expression` when it is a list of this kind.
    fn members(self, expression: &Expression) -> Option<&[Expression]> {
        match (self, expression) {
            (Self::And, Expression::And(members)) | (Self::Or, Expression::Or(members)) => Some(members),
            (_, _) => None,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::And => Self::Or,
            Self::Or => Self::And,
        }
    }
}

fn combine(members: impl IntoIterator<Item = Expression>, join: Join) -> Expression {
    // One constant decides the whole list, the other one adds nothing to it.
    let (decides, neutral) = match join {
        Join::And => (Expression::False, Expression::True),
        Join::Or => (Expression::True, Expression::False),
    };
    let mut list: Vec<Expression> = Vec::new();
    let mut atoms = 0_usize;
    let (mut complex, mut too_long) = (false, false);
    for member in members {
        if member == decides {
            return decides;
        }
        // A list that is too long stays too long: only a member that decides the list is still looked for.
        if too_long || member == neutral {
            continue;
        }
        atoms = atoms.saturating_add(member.atoms());
        match (join, member) {
            (_, Expression::Complex) => complex = true,
            (Join::And, Expression::And(inner)) | (Join::Or, Expression::Or(inner)) => list.extend(inner),
            (_, other) => list.push(other),
        }
        if atoms > MOST_COMPARED.saturating_mul(2) {
            atoms = without_repetitions(&mut list);
            too_long = atoms > MOST_COMPARED;
        }
    }
    if too_long || without_repetitions(&mut list) > MOST_COMPARED {
        return Expression::Complex;
    }
    let contradiction = |one: &Expression, other: &Expression| match join {
        Join::And => one.excludes(other),
        Join::Or => one.opposes(other),
    };
    let pairs = list
        .iter()
        .enumerate()
        .flat_map(|(at, one)| list.iter().skip(at + 1).map(move |other| (one, other)));
    if pairs.into_iter().any(|(one, other)| contradiction(one, other)) {
        return decides;
    }
    list = absorbed(list, join);
    if complex || list.iter().map(Expression::atoms).sum::<usize>() > MAX_ATOMS {
        return Expression::Complex;
    }
    match list.len() {
        0 => neutral,
        1 => list.pop().unwrap_or(neutral),
        _ if join == Join::And => Expression::And(list),
        _ => Expression::Or(list),
    }
}

#[cfg(test)]
thread_local! {
    /// Members of lists that were sorted, to measure how the work grows
    pub(super) static SORTED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Sorts a list and drops what it has twice; the atoms that are left.
fn without_repetitions(list: &mut Vec<Expression>) -> usize {
    #[cfg(test)]
    SORTED.with(|sorted| sorted.set(sorted.get().saturating_add(list.len())));
    list.sort_unstable();
    list.dedup();
    list.iter().map(Expression::atoms).sum()
}

/// Removes members that another member absorbs: `a or (a and b)` is `a`; `a and (a or b)` is `a`.
fn absorbed(list: Vec<Expression>, join: Join) -> Vec<Expression> {
    let parts = |one| join.other().members(one).unwrap_or(std::slice::from_ref(one));
    let redundant: Vec<bool> = list
        .iter()
        .map(|one| {
            let own = parts(one);
            list.iter().any(|other| {
                let smaller = parts(other);
                smaller.len() < own.len() && smaller.iter().all(|part| own.contains(part))
            })
        })
        .collect();
    list.into_iter()
        .zip(redundant)
        .filter_map(|(one, redundant)| (!redundant).then_some(one))
        .collect()
}

impl std::fmt::Display for Atom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null(key) => write!(f, "Null({key})"),
            Self::Key(test) => test.fmt(f),
            Self::Pattern(test) => test.fmt(f),
            Self::Unsupported {
                operator,
                key,
                values,
            } => write!(f, "{operator}({key}, {values:?})"),
        }
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, members: &[Self], word: &str| {
            f.write_str("(")?;
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                member.fmt(f)?;
            }
            f.write_str(")")
        };
        match self {
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::Atom(atom) => atom.fmt(f),
            Self::Not(atom) => write!(f, "not {atom}"),
            Self::And(members) => list(f, members, "and"),
            Self::Or(members) => list(f, members, "or"),
            Self::Complex => f.write_str("complex"),
        }
    }
}
