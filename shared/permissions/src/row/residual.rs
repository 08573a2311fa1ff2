//! A residual is the condition that a row depends on, for people and for programs.

use iam::condition::{Atom, Expression};
use serde::{Serialize, Serializer};

/// The condition under which a row holds, as far as it is about the request and not about some of the row's resources
///
/// Written as `{"text": …, "condition": …}`: a line for people, and the same for programs: a test
/// `{"operator", "key", "values"}` as in a policy's condition, with `Resource` and `NotResource` as operators where a
/// pattern with policy variables decides and the resource as their key; `{"not": …}`, `{"all": […]}`, `{"any": […]}`; or
/// the word `complex` where more than [`iam::condition::MAX_ATOMS`] tests would be needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residual(pub Expression);

#[derive(Serialize)]
struct Written {
    text: String,
    condition: Condition,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Condition {
    Test {
        operator: String,
        key: String,
        values: Vec<String>,
    },
    Not {
        not: Box<Condition>,
    },
    All {
        all: Vec<Condition>,
    },
    Any {
        any: Vec<Condition>,
    },
    /// `true`, `false` or `complex`
    Word(&'static str),
}

impl Serialize for Residual {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            text: self.0.to_string(),
            condition: Condition::new(&self.0),
        };
        written.serialize(target)
    }
}

impl Condition {
    fn new(expression: &Expression) -> Self {
        let members = |list: &[Expression]| list.iter().map(Self::new).collect();
        match expression {
            Expression::Atom(atom) => Self::test(atom),
            Expression::Not(atom) => Self::Not {
                not: Box::new(Self::test(atom)),
            },
            Expression::And(list) => Self::All { all: members(list) },
            Expression::Or(list) => Self::Any { any: members(list) },
            Expression::Complex => Self::Word("complex"),
            Expression::True => Self::Word("true"),
            Expression::False => Self::Word("false"),
        }
    }

    fn test(atom: &Atom) -> Self {
        let (operator, key, values) = match atom {
            Atom::Null(key) => ("Null".to_owned(), key.to_string(), vec!["true".to_owned()]),
            Atom::Key(test) => (
                test.operator().to_string(),
                test.key().to_owned(),
                test.values().to_vec(),
            ),
            Atom::Pattern(test) => (
                test.operator().to_owned(),
                test.resource().to_owned(),
                vec![test.pattern().to_owned()],
            ),
            Atom::Unsupported {
                operator,
                key,
                values,
            } => (operator.clone(), key.clone(), values.clone()),
        };
        Self::Test {
            operator,
            key,
            values,
        }
    }
}
