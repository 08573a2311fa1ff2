//! Finds conditions that tell principals apart by nothing but their ARN, and only those whose ARN they name.

use iam::arn::Arn;
use iam::condition::{Atom, Comparison, Expression, KeyTest};

/// The key that has the ARN of a user, a role or the role of a session
pub(crate) const PRINCIPAL_ARN: &str = "aws:principalarn";

/// Returns the ARNs that a condition names, where it means the same for all principals of an account that have another ARN; `None`
/// where more may tell principals apart.
pub(crate) fn named_arns(condition: &Expression) -> Option<Vec<&str>> {
    match condition {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Key(test) if test.key() == PRINCIPAL_ARN => whole_arns(test),
            Atom::Key(test) => {
                let mut keys = std::iter::once(test.key()).chain(test.variables());
                (!keys.any(is_of_principal)).then(Vec::new)
            }
            Atom::Null(key) => (**key == *PRINCIPAL_ARN || !is_of_principal(key)).then(Vec::new),
            Atom::Pattern(_) => None,
            Atom::Unsupported { .. } => Some(Vec::new()),
        },
        Expression::And(members) | Expression::Or(members) => {
            let named: Option<Vec<Vec<&str>>> = members.iter().map(named_arns).collect();
            Some(named?.concat())
        }
        Expression::Complex => None,
        Expression::True | Expression::False => Some(Vec::new()),
    }
}

/// Returns the values of a test; `None` when one of them may match several ARNs.
fn whole_arns(test: &KeyTest) -> Option<Vec<&str>> {
    let is_text = matches!(
        test.operator().comparison,
        Comparison::StringEquals | Comparison::StringLike | Comparison::ArnLike
    );
    let is_whole = |value: &String| Arn::parse(value).is_ok() && !value.contains(['*', '?', '$']);
    (is_text && test.values().iter().all(is_whole))
        .then(|| test.values().iter().map(String::as_str).collect())
}

fn is_of_principal(key: &str) -> bool {
    let key = key.to_lowercase();
    key.starts_with("aws:principal") || key.starts_with("aws:user")
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::context::Context;
    use iam::document::{Document, PolicyKind};
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
        None
    )]
    #[case(r#"{"StringEquals":{"aws:PrincipalTag/team":"a"}}"#, None)]
    #[case(r#"{"StringEquals":{"aws:ResourceTag/team":"${aws:username}"}}"#, None)]
    #[case(r#"{"Bool":{"aws:SecureTransport":"false"}}"#, Some(0))]
    fn only_conditions_on_whole_arns_name_arns(#[case] block: &str, #[case] expected: Option<usize>) {
        let condition = condition(block);
        assert_eq!(named_arns(&condition).map(|named| named.len()), expected);
    }

    fn test() -> impl Strategy<Value = String> {
        let operators = ["ArnEquals", "ArnNotLike", "StringEquals", "StringNotLikeIfExists"];
        let operator = prop::sample::select(operators.to_vec());
        let values = prop::collection::vec(prop::sample::select(vec!["ann", "bob", "path/eve"]), 1..3);
        (operator, values, any::<bool>()).prop_map(|(operator, values, tls)| {
            let values: Vec<String> = values.into_iter().map(arn).collect();
            let tls = if tls {
                r#","Bool":{"aws:SecureTransport":"false"}"#
            } else {
                ""
            };
            format!(r#"{{"{operator}":{{"aws:PrincipalArn":{values:?}}}{tls}}}"#)
        })
    }

    proptest! {
        #[test]
        fn a_condition_means_the_same_for_all_whom_it_does_not_name(block in test()) {
            let condition = condition(&block);
            let named = named_arns(&condition).unwrap();
            let others = ["ann", "bob", "path/eve", "fay", "gil"].map(arn);
            let others = others.iter().filter(|arn| !named.contains(&arn.as_str()));
            let left = others.map(|arn| {
                let context = Context::open().with(PRINCIPAL_ARN, [arn.as_str()]);
                condition.resolve(&context)
            });
            let left: Vec<Expression> = left.collect();
            prop_assert!(left.windows(2).all(|pair| pair[0] == pair[1]), "{left:?}");
        }
    }
}
