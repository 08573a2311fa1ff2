//! The tree is what a query means. Engines evaluate it.

use crate::attribute::{BoolAttribute, ConditionAttribute, IntAttribute, TagAttribute, TextAttribute};
use crate::literal::{Literal, LiteralList, Needle};
use crate::operator::Operator;
use crate::position::Span;

/// A query that can be run.
///
/// Only [`Query::parse`] makes one, so every restriction of the language holds in it.
#[derive(Debug, Clone)]
pub struct Query {
    pub(crate) text: Box<str>,
    pub(crate) expression: Expr,
    /// The places of predicates and of literals, in the order in which a walk over the tree meets them. They are kept
    /// beside the tree because two trees that mean the same are equal, wherever they are written.
    pub(crate) predicates: Vec<Span>,
    pub(crate) literals: Vec<Span>,
}

impl Query {
    /// Returns the query exactly as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what comes after `where`.
    #[must_use]
    pub fn expression(&self) -> &Expr {
        &self.expression
    }

    /// Returns the literals that the query compares with `dest.cloud.resource.name` by `=` or `IN`, as written, each
    /// once, in order of appearance.
    #[must_use]
    pub fn searched_dest_resource_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        self.expression.visit(&mut |predicate| {
            let Predicate::Text {
                attribute: TextAttribute::DestResourceName,
                test,
            } = predicate
            else {
                return;
            };
            if test.negated {
                return;
            }
            let literals = match &test.matcher {
                TextMatch::Equals(literal) => std::slice::from_ref(literal),
                TextMatch::In(list) => list.items(),
                TextMatch::Like(_)
                | TextMatch::StartsWith(_)
                | TextMatch::EndsWith(_)
                | TextMatch::Contains(_) => &[],
            };
            names.extend(
                literals
                    .iter()
                    .map(Literal::text)
                    .filter(|name| seen.insert(*name)),
            );
        });
        names
    }
}

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Every operand holds. INVARIANT: two or more operands, none of them `And`.
    And(Vec<Expr>),
    /// Some operand holds. INVARIANT: two or more operands, none of them `Or`.
    Or(Vec<Expr>),
    /// The operand does not hold.
    Not(Box<Expr>),
    /// One attribute is tested.
    Predicate(Predicate),
}

impl Expr {
    /// Returns the condition behind a NOT and `true`; a condition without NOT is returned as it is, with `false`.
    pub(crate) fn without_not(&self) -> (&Self, bool) {
        match self {
            Self::Not(inner) => (inner, true),
            Self::And(_) | Self::Or(_) | Self::Predicate(_) => (self, false),
        }
    }

    /// Calls `each` with every predicate, in order of appearance.
    pub fn visit<'e>(&'e self, each: &mut impl FnMut(&'e Predicate)) {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                for operand in operands {
                    operand.visit(each);
                }
            }
            Self::Not(operand) => operand.visit(each),
            Self::Predicate(predicate) => each(predicate),
        }
    }
}

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// Text against literals.
    Text {
        /// Says what is tested.
        attribute: TextAttribute,
        /// The test that the text must pass.
        test: TextTest,
    },
    /// The account of one side against that of the other, by id.
    Accounts {
        /// The side written first; the other one follows from it.
        first: Side,
        /// Says whether the accounts must differ (`!=`) or agree (`=`).
        differ: bool,
    },
    /// A truth value.
    Bool {
        /// Says what is tested.
        attribute: BoolAttribute,
        /// `!=` rather than `=`.
        negated: bool,
        /// The value written.
        value: bool,
    },
    /// A whole number.
    Int {
        /// Says what is tested.
        attribute: IntAttribute,
        /// The comparison that the number must pass.
        comparison: Comparison,
        /// The value written.
        value: u32,
    },
    /// The value of one tag.
    Tag {
        /// The attribute whose tags are tested.
        attribute: TagAttribute,
        /// The key of the tag.
        key: Literal,
        /// The test that the tag must pass.
        test: KeyedTest,
    },
    /// The conditions of the granting statements.
    Condition {
        /// The attribute whose conditions are tested.
        attribute: ConditionAttribute,
        /// The condition keys that are tested.
        key: ConditionKey,
        /// The test of the value. INVARIANT: only `Exists` when `key` is `Any`.
        test: KeyedTest,
    },
    /// `action.name CONTAINS ALL (…)`: a test of sets of rows, see [`crate::Alternative`].
    ContainsAll {
        /// The actions that must all occur.
        actions: LiteralList,
    },
    /// `dest.cloud.resource.id COVERS '…'`: the destination is this resource or names it among others, and the row holds for
    /// it. INVARIANT: at most one in a query, in the AND chain that is the whole query.
    Covers {
        /// The whole ARN of one resource; the case of its letters counts.
        resource: Literal,
    },
}

/// The side of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Means who has the permission.
    Source,
    /// Means what the permission is on.
    Dest,
}

/// A test of text: `matcher`, or its exact complement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTest {
    /// `!=`, `NOT …` or `DOES NOT …`.
    pub negated: bool,
    /// The test without its negation.
    pub matcher: TextMatch,
}

/// A test of text that holds for a value, never for an absent one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextMatch {
    /// The operator `=`.
    Equals(Literal),
    /// The operator `IN`.
    In(LiteralList),
    /// The operator `LIKE`: the literal or `*`
    Like(Literal),
    /// The operator `STARTS WITH`.
    StartsWith(Literal),
    /// The operator `ENDS WITH`.
    EndsWith(Literal),
    /// The operator `CONTAINS`.
    Contains(Needle),
}

impl TextTest {
    /// Returns the operator as written.
    #[must_use]
    pub fn operator(&self) -> Operator {
        match (&self.matcher, self.negated) {
            (TextMatch::Equals(_), false) => Operator::Equal,
            (TextMatch::Equals(_), true) => Operator::NotEqual,
            (TextMatch::In(_), false) => Operator::In,
            (TextMatch::In(_), true) => Operator::NotIn,
            (TextMatch::Like(_), false) => Operator::Like,
            (TextMatch::Like(_), true) => Operator::NotLike,
            (TextMatch::StartsWith(_), false) => Operator::StartsWith,
            (TextMatch::StartsWith(_), true) => Operator::DoesNotStartWith,
            (TextMatch::EndsWith(_), false) => Operator::EndsWith,
            (TextMatch::EndsWith(_), true) => Operator::DoesNotEndWith,
            (TextMatch::Contains(_), false) => Operator::Contains,
            (TextMatch::Contains(_), true) => Operator::DoesNotContain,
        }
    }
}

/// Says how a whole number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The operator `>`.
    Greater,
    /// The operator `<=`.
    LessOrEqual,
    /// The operator `=`.
    Equal,
    /// The operator `!=`.
    NotEqual,
    /// The operator `<`.
    Less,
    /// The operator `>=`.
    GreaterOrEqual,
}

impl Comparison {
    /// Every comparison, in grammar order.
    pub const ALL: &[Self] = &[
        Self::Greater,
        Self::LessOrEqual,
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::GreaterOrEqual,
    ];

    /// Returns the operator as written.
    #[must_use]
    pub const fn operator(self) -> Operator {
        match self {
            Self::Greater => Operator::Greater,
            Self::LessOrEqual => Operator::LessOrEqual,
            Self::Equal => Operator::Equal,
            Self::NotEqual => Operator::NotEqual,
            Self::Less => Operator::Less,
            Self::GreaterOrEqual => Operator::GreaterOrEqual,
        }
    }
}

/// A test of the value of a key.
///
/// What negation means differs: for tags it is the complement, for conditions it looks for a statement that lacks the key
/// or for another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedTest {
    /// `!=`, `NOT IN` or `DOES NOT EXIST`.
    pub negated: bool,
    /// The test without its negation.
    pub matcher: KeyedMatch,
}

/// A test of the value of a key, without negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyedMatch {
    /// The operator `EXISTS`.
    Exists,
    /// The operator `=`.
    Equals(Literal),
    /// The operator `IN`.
    In(LiteralList),
}

impl KeyedTest {
    /// Returns the operator as written.
    #[must_use]
    pub fn operator(&self) -> Operator {
        match (&self.matcher, self.negated) {
            (KeyedMatch::Exists, false) => Operator::Exists,
            (KeyedMatch::Exists, true) => Operator::DoesNotExist,
            (KeyedMatch::Equals(_), false) => Operator::Equal,
            (KeyedMatch::Equals(_), true) => Operator::NotEqual,
            (KeyedMatch::In(_), false) => Operator::In,
            (KeyedMatch::In(_), true) => Operator::NotIn,
        }
    }
}

/// Says which conditions of a statement are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionKey {
    /// All of them: no key was given.
    Any,
    /// Those on this key, under any operator.
    Key(Literal),
    /// Those on this key under this operator.
    KeyAndOperator(Literal, Literal),
}
