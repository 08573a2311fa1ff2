//! The operators and how they are spelled.

/// Says what is between an attribute and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The operator `=`.
    Equal,
    /// The operator `!=`.
    NotEqual,
    /// The operator `IN`.
    In,
    /// The operator `NOT IN`.
    NotIn,
    /// The operator `CONTAINS ALL`.
    ContainsAll,
    /// The operator `LIKE`.
    Like,
    /// The operator `NOT LIKE`.
    NotLike,
    /// The operator `STARTS WITH`.
    StartsWith,
    /// The operator `ENDS WITH`.
    EndsWith,
    /// `DOES NOT START WITH`
    DoesNotStartWith,
    /// `DOES NOT END WITH`
    DoesNotEndWith,
    /// The operator `CONTAINS`.
    Contains,
    /// `DOES NOT CONTAIN`
    DoesNotContain,
    /// The operator `COVERS`.
    Covers,
    /// The operator `>`.
    Greater,
    /// The operator `<=`.
    LessOrEqual,
    /// The operator `<`.
    Less,
    /// The operator `>=`.
    GreaterOrEqual,
    /// The operator `EXISTS`.
    Exists,
    /// `DOES NOT EXIST`
    DoesNotExist,
}

use Operator as O;

impl Operator {
    /// Every operator of the language, in grammar order.
    pub const ALL: &[Self] = &[
        O::Equal,
        O::NotEqual,
        O::In,
        O::NotIn,
        O::ContainsAll,
        O::Like,
        O::NotLike,
        O::StartsWith,
        O::EndsWith,
        O::DoesNotStartWith,
        O::DoesNotEndWith,
        O::Contains,
        O::DoesNotContain,
        O::Covers,
        O::Greater,
        O::LessOrEqual,
        O::Less,
        O::GreaterOrEqual,
        O::Exists,
        O::DoesNotExist,
    ];

    /// Returns the tokens it is made of, in the spelling of the canonical form.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            O::Equal => &["="],
            O::NotEqual => &["!="],
            O::In => &["IN"],
            O::NotIn => &["NOT", "IN"],
            O::ContainsAll => &["CONTAINS", "ALL"],
            O::Like => &["LIKE"],
            O::NotLike => &["NOT", "LIKE"],
            O::StartsWith => &["STARTS", "WITH"],
            O::EndsWith => &["ENDS", "WITH"],
            O::DoesNotStartWith => &["DOES", "NOT", "START", "WITH"],
            O::DoesNotEndWith => &["DOES", "NOT", "END", "WITH"],
            O::Contains => &["CONTAINS"],
            O::DoesNotContain => &["DOES", "NOT", "CONTAIN"],
            O::Covers => &["COVERS"],
            O::Greater => &[">"],
            O::LessOrEqual => &["<="],
            O::Less => &["<"],
            O::GreaterOrEqual => &[">="],
            O::Exists => &["EXISTS"],
            O::DoesNotExist => &["DOES", "NOT", "EXIST"],
        }
    }

    /// Returns the canonical spelling, one space between the words.
    #[must_use]
    pub const fn spelling(self) -> &'static str {
        match self {
            O::Equal => "=",
            O::NotEqual => "!=",
            O::In => "IN",
            O::NotIn => "NOT IN",
            O::ContainsAll => "CONTAINS ALL",
            O::Like => "LIKE",
            O::NotLike => "NOT LIKE",
            O::StartsWith => "STARTS WITH",
            O::EndsWith => "ENDS WITH",
            O::DoesNotStartWith => "DOES NOT START WITH",
            O::DoesNotEndWith => "DOES NOT END WITH",
            O::Contains => "CONTAINS",
            O::DoesNotContain => "DOES NOT CONTAIN",
            O::Covers => "COVERS",
            O::Greater => ">",
            O::LessOrEqual => "<=",
            O::Less => "<",
            O::GreaterOrEqual => ">=",
            O::Exists => "EXISTS",
            O::DoesNotExist => "DOES NOT EXIST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_is_its_words_joined_by_spaces() {
        for operator in Operator::ALL {
            assert_eq!(operator.spelling(), operator.words().join(" "));
        }
    }
}
