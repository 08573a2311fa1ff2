//! Finds conditions that tell principals apart by one thing only, their ARN or a tag, and only those whose value they name.

use iam::condition::{Atom, Comparison, Expression, KeyTest};

/// The key that has the ARN of a user, a role or the role of a session
pub(crate) const PRINCIPAL_ARN: &str = "aws:principalarn";

/// The prefix of the keys that have the tags of a principal
pub(crate) const PRINCIPAL_TAG: &str = "aws:principaltag/";

/// Says which values of one key of principals a condition names
///
/// The condition means the same for all principals of an account of whom something else is known, and for all of whom the key has one
/// value that is not named.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedValues<'c> {
    /// The ARN or a tag; `None` when the condition tells no principals apart
    pub(crate) key: Option<&'c str>,
    pub(crate) values: Vec<NamedValue<'c>>,
}

/// Holds what a condition compares the value of a key with
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedValue<'c> {
    Whole(&'c str),
    /// The values match the pattern, in which `*` and `?` are wildcards
    Like(&'c str),
}

/// Returns the values that a condition names; `None` where more may tell principals apart.
pub(crate) fn named_values(condition: &Expression) -> Option<NamedValues<'_>> {
    match condition {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Key(test) if is_naming(test.key()) => Some(NamedValues {
                key: Some(test.key()),
                values: values(test)?,
            }),
            Atom::Key(test) => {
                let mut keys = std::iter::once(test.key()).chain(test.variables());
                let is_of_nobody = !keys.any(|key| is_of_principal(&key.to_lowercase()));
                is_of_nobody.then(NamedValues::default)
            }
            Atom::Null(key) if is_naming(key) => Some(NamedValues {
                key: Some(key),
                values: Vec::new(),
            }),
            Atom::Null(key) => (!is_of_principal(&key.to_lowercase())).then(NamedValues::default),
            Atom::Pattern(_) => None,
            Atom::Unsupported { .. } => Some(NamedValues::default()),
        },
        Expression::And(members) | Expression::Or(members) => {
            let mut all = NamedValues::default();
            for member in members {
                let NamedValues { key, values } = named_values(member)?;
                if all.key.is_some() && key.is_some() && all.key != key {
                    return None;
                }
                all.key = all.key.or(key);
                all.values.extend(values);
            }
            Some(all)
        }
        Expression::Complex => None,
        Expression::True | Expression::False => Some(NamedValues::default()),
    }
}

/// Returns whether principals can be found by the values of a key.
fn is_naming(key: &str) -> bool {
    key == PRINCIPAL_ARN || key.starts_with(PRINCIPAL_TAG)
}

/// Returns the values of a test; `None` when they are not known.
fn values(test: &KeyTest) -> Option<Vec<NamedValue<'_>>> {
    let comparison = test.operator().comparison;
    let has_wildcards = match comparison {
        Comparison::StringEquals => false,
        Comparison::StringLike => true,
        Comparison::ArnLike if test.key() == PRINCIPAL_ARN => true,
        Comparison::ArnLike
        | Comparison::StringEqualsIgnoreCase
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Bool
        | Comparison::BinaryEquals
        | Comparison::IpAddress => return None,
    };
    // Two principals of whom the same is known of the key can differ in the variable.
    if test.variables().any(|key| is_of_principal(&key.to_lowercase())) {
        return None;
    }
    let named = test.values().iter().map(|value| {
        if value.contains('$') {
            // What is asked for decides which value this is.
            NamedValue::Like("*")
        } else if has_wildcards && value.contains(['*', '?']) {
            NamedValue::Like(value)
        } else {
            NamedValue::Whole(value)
        }
    });
    Some(named.collect())
}

/// Returns whether a key, given in lower case, says something about the principal of a request.
pub(crate) fn is_of_principal(key: &str) -> bool {
    key.starts_with("aws:principal") || key.starts_with("aws:user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::context::Context;
    use iam::document::{Document, PolicyKind};
    use iam::glob::Glob;
    use iam::policy::Policy;
    use proptest::prelude::*;
    use rstest::rstest;

    fn arn(name: &str) -> String {
        format!("arn:aws:iam::111122223333:user/{name}")
    }

    fn condition(block: &str) -> Expression {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{block}}}}}"#
        );
        let document = Document::parse(&text, PolicyKind::Identity).unwrap().document;
        Policy::compile(&document, PolicyKind::Identity).statements()[0]
            .condition
            .clone()
    }

    #[rstest]
    #[case(
        r#"{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/ann"}}"#,
        Some(1)
    )]
    #[case(
        r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}}"#,
        Some(1)
    )]
    #[case(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"}}"#, Some(1))]
    #[case(r#"{"ArnLike":{"aws:PrincipalTag/team":"arn:aws:iam::*:user/ann"}}"#, None)]
    #[case(r#"{"StringEquals":{"aws:PrincipalTag/team":["a","b"]}}"#, Some(2))]
    #[case(r#"{"StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"a"}}"#, None)]
    #[case(r#"{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}}"#, None)]
    #[case(
        r#"{"StringEquals":{"aws:PrincipalTag/team":"${aws:ResourceTag/team}"}}"#,
        Some(1)
    )]
    #[case(
        r#"{"StringEquals":{"aws:PrincipalTag/team":"a","aws:PrincipalTag/stage":"b"}}"#,
        None
    )]
    #[case(r#"{"StringEquals":{"aws:PrincipalTag/team":"a"},"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/ann"}}"#, None)]
    #[case(r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:username}"}}"#, None)]
    #[case(r#"{"Bool":{"aws:SecureTransport":"false"}}"#, Some(0))]
    fn only_conditions_on_arns_or_on_one_tag_name_values(
        #[case] block: &str,
        #[case] expected: Option<usize>,
    ) {
        let condition = condition(block);
        assert_eq!(named_values(&condition).map(|named| named.values.len()), expected);
    }

    fn test() -> impl Strategy<Value = String> {
        let operators = [
            "ArnEquals",
            "ArnNotLike",
            "StringEquals",
            "StringNotLikeIfExists",
            "StringLike",
        ];
        let operator = prop::sample::select(operators.to_vec());
        let values = prop::collection::vec(
            prop::sample::select(vec![
                "ann",
                "bob",
                "path/eve",
                "path/*",
                "*/eve",
                "p?th/*e",
                "*n",
                "*",
                "?*:x",
                "${aws:ResourceTag/is}",
                "${s3:prefix}*",
            ]),
            1..3,
        );
        let start = prop::sample::select(vec![
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::*:user/",
            "arn:*:user/",
            "*",
        ]);
        (operator, start, values, any::<(bool, bool)>()).prop_map(
            |(operator, start, values, (tls, by_tag))| {
                let values: Vec<String> = values.into_iter().map(|name| format!("{start}{name}")).collect();
                let tls = if tls {
                    r#","Bool":{"aws:SecureTransport":"false"}"#
                } else {
                    ""
                };
                let (key, operator) = if by_tag {
                    (
                        "aws:PrincipalTag/is",
                        operator
                            .replace("ArnEquals", "StringEquals")
                            .replace("Arn", "String"),
                    )
                } else {
                    ("aws:PrincipalArn", operator.to_owned())
                };
                format!(r#"{{"{operator}":{{"{key}":{values:?}}}{tls}}}"#)
            },
        )
    }

    proptest! {
        #[test]
        fn a_condition_means_the_same_for_all_whom_it_does_not_name(block in test()) {
            let condition = condition(&block);
            let named = named_values(&condition).unwrap();
            let others = ["ann", "bob", "path/eve", "path/gil", "fay", "gil"].map(arn);
            let others = others.iter().filter(|arn| {
                !named.values.iter().any(|value| match *value {
                    NamedValue::Whole(value) => value == **arn,
                    NamedValue::Like(pattern) => Glob::parse(pattern).matches(arn),
                })
            });
            let left = others.map(|arn| {
                let context = Context::open().with(named.key.unwrap(), [arn.as_str()]);
                condition.resolve(&context)
            });
            let left: Vec<Expression> = left.collect();
            prop_assert!(left.windows(2).all(|pair| pair[0] == pair[1]), "{left:?}");
        }

        #[test]
        fn a_condition_means_the_same_for_all_of_whom_something_else_is_known(block in test()) {
            let condition = condition(&block);
            let key = named_values(&condition).unwrap().key.unwrap();
            let known: [fn(Context, &str) -> Context; 3] = [
                |context, key| context.without(key),
                |context, key| context.with_unknown(key),
                |context, key| context.with(key, ["ann", "bob"]),
            ];
            for known in known {
                let [one, other] = ["ann", "gil"].map(|name| {
                    let own = Context::open().with("aws:username", [name]).with("aws:PrincipalTag/other", [name]);
                    condition.resolve(&known(own, key))
                });
                prop_assert_eq!(one, other);
            }
        }
    }
}
