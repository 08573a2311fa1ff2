//! Says why a query is refused, and where.

use std::borrow::Cow;
use std::fmt;

use crate::attribute::Attribute;
use crate::position::Position;

/// Says why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The text is not in the language.
    #[error("{0}")]
    Syntax(SyntaxError),
    /// An attribute the language does not have.
    #[error("unknown attribute `{name}`")]
    UnknownAttribute {
        /// The name as written.
        name: String,
    },
    /// An operator that the attribute does not take, or not at this place.
    #[error("{0}")]
    InvalidOperator(OperatorError),
    /// A value that the attribute does not compare with.
    #[error("`{attribute}` does not compare with {found}")]
    InvalidValue {
        /// The attribute on the left.
        attribute: &'static str,
        /// Says what is on the right.
        found: String,
    },
    /// More than the language allows in one query.
    #[error("{0}")]
    TooLarge(Bound),
}

/// Says why a text is not in the language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// A token that cannot stand here.
    #[error("unexpected {found}")]
    Unexpected {
        /// The token as written, in backticks, or `end of query`.
        found: String,
    },
    /// A character that begins no token.
    #[error("unexpected {name}{}", hint(name))]
    Character {
        /// The character and, where it does not show, its name.
        name: String,
    },
    /// A string without its closing quote.
    #[error("string without closing quote")]
    UnclosedString,
    /// Operator characters that are not an operator.
    #[error("unknown operator `{found}`")]
    UnknownSign {
        /// The characters as written.
        found: String,
    },
    /// An integer above 4294967295.
    #[error("integer above 4294967295")]
    IntegerRange,
    /// Letters directly after an integer.
    #[error("letters directly after an integer in `{found}`")]
    IntegerSuffix {
        /// Digits and letters as written.
        found: String,
    },
}

/// Returns what to write instead of a look-alike of the single quote.
fn hint(name: &str) -> &'static str {
    if name.contains("quot") {
        "; strings are in single quotes"
    } else {
        ""
    }
}

/// Says why an operator is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// An operator of the language that this attribute does not take.
    #[error("`{attribute}` does not take the operator `{operator}`")]
    NotTaken {
        /// The attribute on the left.
        attribute: &'static str,
        /// The operator in canonical spelling.
        operator: &'static str,
    },
    /// `CONTAINS ALL` below a NOT, or in a group that is neither the query nor an operand of its topmost OR.
    #[error(
        "`CONTAINS ALL` may be used only in an AND chain that is the whole query or a whole operand of the topmost OR"
    )]
    ContainsAllPlace,
    /// `COVERS` anywhere but once in the AND chain that is the whole query.
    #[error(
        "`COVERS` may be used only once, in an AND chain that is the whole query: its rows are worked out for one resource"
    )]
    CoversPlace,
    /// The value of a `COVERS` is not one resource.
    #[error("`COVERS` takes the whole ARN of one resource, without `*` and `?`")]
    CoversValue,
    /// A condition is compared without saying which.
    #[error("`{attribute}` takes the operator `{operator}` only with a condition key in parentheses")]
    WithoutKey {
        /// The attribute on the left.
        attribute: &'static str,
        /// The operator in canonical spelling.
        operator: &'static str,
    },
}

/// The bounds of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bound {
    /// The query has more than [`MAX_CHARACTERS`].
    #[error("query of more than {MAX_CHARACTERS} characters")]
    Characters,
    /// The query has more than [`MAX_PREDICATES`].
    #[error("query with more than {MAX_PREDICATES} predicates")]
    Predicates,
    /// A list has more than [`MAX_LIST_ITEMS`].
    #[error("list of more than {MAX_LIST_ITEMS} items")]
    ListItems,
    /// The query is nested deeper than [`MAX_NESTING`].
    #[error("parentheses and NOT nested more than {MAX_NESTING} deep")]
    Nesting,
}

/// Most characters of a query. The largest query known in public has 1974.
pub const MAX_CHARACTERS: usize = 16_384;
/// Most predicates of a query. The largest query known in public has 14.
pub const MAX_PREDICATES: usize = 256;
/// Most items of one list. The longest list known in public has 56.
pub const MAX_LIST_ITEMS: usize = 1_000;
/// Most parentheses and NOTs around one predicate; bounds the stack of every walk over the tree.
pub const MAX_NESTING: usize = 32;

/// A refused query: why, where, and what would have been right.
///
/// Displays as one sentence without the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct QueryError {
    /// Says what is wrong with the query.
    pub kind: ErrorKind,
    /// The first place at which the text cannot be right.
    pub position: Position,
    /// Says what may stand there, in grammar order.
    pub expected: Vec<Expected>,
    /// Says what was probably meant: the name of an attribute, an operator, a keyword, or a value as it must be written.
    pub suggestion: Option<Cow<'static, str>>,
}

impl QueryError {
    /// Returns the stable word for the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Syntax(_) => "rql_syntax",
            ErrorKind::UnknownAttribute { .. } => "rql_unknown_attribute",
            ErrorKind::InvalidOperator(_) => "rql_invalid_operator",
            ErrorKind::InvalidValue { .. } => "rql_invalid_value",
            ErrorKind::TooLarge(_) => "rql_too_large",
        }
    }

    /// Returns the place, what is expected there, and what was probably meant, a line each, for a reader.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        let mut details = vec![format!(
            "line {}, column {}",
            self.position.line, self.position.column
        )];
        if !self.expected.is_empty() {
            let words: Vec<_> = self.expected.iter().map(ToString::to_string).collect();
            details.push(format!("expected: {}", words.join(", ")));
        }
        details.extend(
            self.suggestion
                .iter()
                .map(|suggestion| format!("did you mean `{suggestion}`")),
        );
        details
    }
}

/// Says what may stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A keyword, an operator or a piece of punctuation, as the grammar spells it.
    Word(&'static str),
    /// The name of any attribute.
    Attribute,
    /// The name of this attribute.
    AttributeName(&'static str),
    /// A string that is compared with the attribute, or a key of the attribute.
    String(&'static Attribute),
    /// An integer can follow.
    Integer,
    /// Nothing more can follow.
    End,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word(word) | Self::AttributeName(word) => word,
            Self::Attribute => "attribute",
            Self::String(_) => "string",
            Self::Integer => "integer",
            Self::End => "end of query",
        })
    }
}
