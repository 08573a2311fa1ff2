use crate::condition::{ConditionFinding, Expression, compile};
use crate::context::Context;
use crate::document::{Condition, Version};
use proptest::prelude::*;
use rstest::rstest;

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    Condition {
        operator: operator.into(),
        key: key.into(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

fn holds(operator: &str, policy: &[&str], request: Option<&[&str]>) -> bool {
    let keys = Context::closed().with("k", request.unwrap_or_default().iter().copied());
    let compiled = compile(&[condition(operator, "K", policy)], Version::V2012);
    compiled.expression.evaluate(&keys).unwrap()
}

#[rstest]
#[case("StringEquals", &["a", "b"], "b", true)]
#[case("StringEquals", &["a"], "A", false)]
#[case("StringEquals", &["*"], "a", false)]
#[case("StringEqualsIgnoreCase", &["aÉ"], "Aé", true)]
#[case("StringLike", &["a*", "?x"], "bx", true)]
#[case("StringLike", &["A*"], "abc", false)]
#[case("StringLike", &["a*c"], "a:b/c", true)]
#[case("ArnLike", &["arn:aws:iam::*:role/*"], "arn:aws:iam::1:role/a:b/c", true)]
#[case("ArnEquals", &["arn:aws:iam::*:role/*"], "arn:aws:iam::1:role/x", true)]
#[case("ArnLike", &["arn:aws:iam:*:role/x"], "arn:aws:iam::1:role/x", false)]
#[case("ArnLike", &["arn:aws:iam::*:x"], "arn:aws:iam::1:2:x", false)]
#[case("ArnLike", &["*"], "arn:aws:iam::1:role/x", true)]
#[case("ArnLike", &["*"], "no-arn", false)]
#[case("ArnLike", &["arn:aws:iam::1:role/X"], "arn:aws:iam::1:role/x", false)]
#[case("NumericEquals", &["1.0"], "1", true)]
#[case("NumericEquals", &["0.1"], "0.10000000000000000001", false)]
#[case("NumericEquals", &["-0"], "0", true)]
#[case("NumericLessThan", &["10"], "9.99", true)]
#[case("NumericLessThan", &["-1"], "-1.5", true)]
#[case("NumericLessThan", &["9"], "10", false)]
#[case("NumericLessThanEquals", &["5"], "5.0", true)]
#[case("NumericGreaterThan", &["123456789012345678901234567890"], "123456789012345678901234567891", true)]
#[case("NumericGreaterThanEquals", &["5"], "4.9", false)]
#[case("DateEquals", &["2026-01-01T00:00:00Z"], "1767225600", true)]
#[case("DateEquals", &["2026-01-01"], "2026-01-01T01:00:00+01:00", true)]
#[case("DateEquals", &["2026"], "2026-01", true)]
#[case("DateLessThan", &["2026-01-01T00:00Z"], "2025-12-31T23:59:59Z", true)]
#[case("DateLessThanEquals", &["1767225600"], "2026-01-01T00:00:00Z", true)]
#[case("DateGreaterThan", &["2026-01-01"], "2025-12-31", false)]
#[case("DateGreaterThanEquals", &["2026-01-01"], "2026-01-01", true)]
#[case("Bool", &["TRUE"], "true", true)]
#[case("Bool", &["false"], "neither", false)]
#[case("Bool", &["true"], "neither", false)]
#[case("BinaryEquals", &["QQ=="], "QQ==", true)]
#[case("BinaryEquals", &["QQ=="], "Qg==", false)]
#[case("IpAddress", &["10.0.0.0/8"], "10.1.2.3", true)]
#[case("IpAddress", &["10.0.0.1"], "10.0.0.1", true)]
#[case("IpAddress", &["10.0.0.1"], "10.0.0.2", false)]
#[case("IpAddress", &["10.0.0.7/8"], "10.9.9.9", true)]
#[case("IpAddress", &["2001:db8::/32"], "2001:DB8::1", true)]
#[case("IpAddress", &["0.0.0.0/0"], "2001:db8::1", false)]
#[case("IpAddress", &["::/0"], "10.0.0.1", false)]
fn a_present_key_is_compared_by_its_operator(
    #[case] operator: &str,
    #[case] policy: &[&str],
    #[case] request: &str,
    #[case] expected: bool,
) {
    assert_eq!(holds(operator, policy, Some(&[request])), expected);
}

#[rstest]
#[case("StringNotEquals", &["a", "b"], "b", false)]
#[case("StringNotEquals", &["a", "b"], "c", true)]
#[case("StringNotEqualsIgnoreCase", &["a"], "A", false)]
#[case("StringNotLike", &["a*", "b*"], "bx", false)]
#[case("StringNotLike", &["a*", "b*"], "cx", true)]
#[case("ArnNotLike", &["arn:aws:iam::*:role/*"], "arn:aws:iam::1:role/x", false)]
#[case("ArnNotEquals", &["arn:aws:iam::*:role/*"], "no-arn", false)]
#[case("NumericNotEquals", &["1"], "1.0", false)]
#[case("NumericNotEquals", &["1"], "2", true)]
#[case("DateNotEquals", &["2026-01-01"], "2026-01-01T00:00:00Z", false)]
#[case("NotIpAddress", &["10.0.0.0/8", "192.168.0.0/16"], "192.168.1.1", false)]
#[case("NotIpAddress", &["10.0.0.0/8"], "2001:db8::1", true)]
fn under_a_negated_operator_no_value_may_match(
    #[case] operator: &str,
    #[case] policy: &[&str],
    #[case] request: &str,
    #[case] expected: bool,
) {
    assert_eq!(holds(operator, policy, Some(&[request])), expected);
}

#[rstest]
#[case("NumericEquals", &["five"], "5")]
#[case("NumericEquals", &["5"], "five")]
#[case("NumericNotEquals", &["five"], "5")]
#[case("NumericNotEquals", &["5"], "five")]
#[case("DateNotEquals", &["soon"], "2026-01-01")]
#[case("DateNotEquals", &["2026-01-01"], "soon")]
#[case("NotIpAddress", &["10.0.0.0/33"], "10.0.0.1")]
#[case("NotIpAddress", &["10.0.0.0/8"], "here")]
#[case("BinaryEquals", &["?"], "?")]
fn what_cannot_be_read_passes_neither_form(
    #[case] operator: &str,
    #[case] policy: &[&str],
    #[case] request: &str,
) {
    assert!(!holds(operator, policy, Some(&[request])));
}

#[rstest]
#[case("StringEquals", false)]
#[case("StringEqualsIgnoreCase", false)]
#[case("StringLike", false)]
#[case("ArnEquals", false)]
#[case("ArnLike", false)]
#[case("NumericEquals", false)]
#[case("NumericLessThan", false)]
#[case("NumericGreaterThanEquals", false)]
#[case("DateEquals", false)]
#[case("DateLessThan", false)]
#[case("Bool", false)]
#[case("BinaryEquals", false)]
#[case("IpAddress", false)]
#[case("StringNotEquals", true)]
#[case("StringNotEqualsIgnoreCase", true)]
#[case("StringNotLike", true)]
#[case("ArnNotEquals", true)]
#[case("ArnNotLike", true)]
#[case("NumericNotEquals", true)]
#[case("DateNotEquals", true)]
#[case("NotIpAddress", true)]
fn an_absent_key_passes_only_negated_operators_and_if_exists(#[case] operator: &str, #[case] expected: bool) {
    let values = ["10.0.0.1"];
    assert_eq!(holds(operator, &values, None), expected);
    assert!(holds(&format!("{operator}IfExists"), &values, None));
    assert!(holds(&format!("ForAllValues:{operator}"), &values, None));
    assert!(!holds(&format!("ForAnyValue:{operator}"), &values, None));
    assert!(holds(&format!("ForAnyValue:{operator}IfExists"), &values, None));
}

#[rstest]
#[case("StringEqualsIfExists", &["a"], "a", true)]
#[case("StringEqualsIfExists", &["a"], "b", false)]
#[case("StringNotEqualsIfExists", &["a"], "a", false)]
#[case("BoolIfExists", &["true"], "false", false)]
fn if_exists_changes_nothing_for_a_present_key(
    #[case] operator: &str,
    #[case] policy: &[&str],
    #[case] request: &str,
    #[case] expected: bool,
) {
    assert_eq!(holds(operator, policy, Some(&[request])), expected);
}

#[rstest]
#[case("ForAllValues:StringEquals", &["a", "b"], &["a", "b"], true)]
#[case("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], false)]
#[case("ForAnyValue:StringEquals", &["a", "b"], &["c", "b"], true)]
#[case("ForAnyValue:StringEquals", &["a", "b"], &["c", "d"], false)]
#[case("ForAllValues:StringNotEquals", &["a", "b"], &["c", "d"], true)]
#[case("ForAllValues:StringNotEquals", &["a", "b"], &["c", "a"], false)]
#[case("ForAnyValue:StringNotEquals", &["a", "b"], &["a", "c"], true)]
#[case("ForAnyValue:StringNotLike", &["a*"], &["ab", "ac"], false)]
#[case("StringEquals", &["a"], &["b", "a"], true)]
fn sets_look_at_every_value_of_the_request(
    #[case] operator: &str,
    #[case] policy: &[&str],
    #[case] request: &[&str],
    #[case] expected: bool,
) {
    assert_eq!(holds(operator, policy, Some(request)), expected);
}

#[rstest]
#[case(&["true"], None, true)]
#[case(&["true"], Some(&["x"][..]), false)]
#[case(&["false"], None, false)]
#[case(&["False"], Some(&["x"][..]), true)]
#[case(&["true", "false"], None, true)]
#[case(&["maybe"], None, false)]
fn null_asks_whether_the_key_is_there(
    #[case] policy: &[&str],
    #[case] request: Option<&[&str]>,
    #[case] expected: bool,
) {
    assert_eq!(holds("Null", policy, request), expected);
}

#[rstest]
#[case("stringequals", ConditionFinding::OperatorSpelling("stringequals".into()))]
#[case("forallvalues:StringEquals", ConditionFinding::OperatorSpelling("forallvalues:StringEquals".into()))]
#[case("StringMatches", ConditionFinding::UnknownOperator("StringMatches".into()))]
#[case("NullIfExists", ConditionFinding::UnknownOperator("NullIfExists".into()))]
#[case("ForSomeValues:StringEquals", ConditionFinding::UnknownOperator("ForSomeValues:StringEquals".into()))]
#[case("NumericEquals", ConditionFinding::Unparsable { operator: "NumericEquals".into(), key: "k".into(), value: "a".into() })]
fn oddities_are_reported(#[case] operator: &str, #[case] expected: ConditionFinding) {
    let compiled = compile(&[condition(operator, "k", &["a"])], Version::V2012);
    assert_eq!(compiled.findings.first(), Some(&expected));
    let keys = Context::closed().with("k", ["a"]);
    let unknown = matches!(expected, ConditionFinding::UnknownOperator(_));
    assert_eq!(compiled.expression.evaluate(&keys).is_none(), unknown);
}

#[test]
fn a_multivalued_key_without_set_operator_is_taken_as_any_value() {
    let compiled = compile(
        &[condition("StringNotEquals", "aws:TagKeys", &["a"])],
        Version::V2012,
    );
    assert_eq!(
        compiled.findings,
        [ConditionFinding::MissingSetOperator("aws:TagKeys".into())]
    );
    let keys = Context::closed().with("aws:TagKeys", ["a", "b"]);
    assert_eq!(compiled.expression.evaluate(&keys), Some(true));
}

#[test]
fn operators_and_keys_are_all_needed_and_an_empty_block_is_true() {
    let block = [
        condition("StringEquals", "a", &["1"]),
        condition("Bool", "b", &["true"]),
    ];
    let expression = compile(&block, Version::V2012).expression;
    let both = Context::closed().with("a", ["1"]).with("b", ["true"]);
    assert_eq!(expression.evaluate(&both), Some(true));
    assert_eq!(expression.evaluate(&both.without("b")), Some(false));
    assert_eq!(compile(&[], Version::V2012).expression, Expression::True);
}

#[rstest]
#[case::positive_entry_without_value_never_matches("StringEquals", &["${aws:none}", "x"], true)]
#[case::alone_it_is_false("StringEquals", &["${aws:none}"], false)]
#[case::negated_does_not_apply("StringNotEquals", &["${aws:none}"], false)]
#[case::default_is_used("StringEquals", &["${aws:none, 'x'}"], true)]
#[case::like("StringLike", &["${aws:user}*"], true)]
#[case::negated_with_value("StringNotEquals", &["${aws:user}"], false)]
#[case::bool_is_expanded("Bool", &["${aws:flag}"], false)]
fn variables_in_values(#[case] operator: &str, #[case] policy: &[&str], #[case] expected: bool) {
    let keys = Context::closed()
        .with("k", ["x"])
        .with("aws:user", ["x"])
        .with("aws:flag", ["true"]);
    let compiled = compile(&[condition(operator, "k", policy)], Version::V2012);
    assert_eq!(compiled.expression.evaluate(&keys), Some(expected));
}

#[test]
fn an_arn_may_come_whole_from_a_variable() {
    let own = "arn:aws:iam::1:user/a*";
    let keys = Context::closed().with("k", [own]).with("aws:PrincipalArn", [own]);
    let compiled = compile(
        &[condition("ArnEquals", "k", &["${aws:PrincipalArn}"])],
        Version::V2012,
    );
    assert_eq!(compiled.expression.evaluate(&keys), Some(true));
    assert_eq!(
        compiled
            .expression
            .evaluate(&keys.with_unknown("aws:PrincipalArn")),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn decimals_compare_as_integers_of_the_same_scale(left in -3000_i64..3000, right in -3000_i64..3000) {
        let text = |value: i64| format!("{}{}.{:02}0", if value < 0 { "-" } else { "00" }, value.abs() / 100, value.abs() % 100);
        prop_assert_eq!(holds("NumericLessThan", &[&text(right)], Some(&[&text(left)])), left < right);
        prop_assert_eq!(holds("NumericEquals", &[&text(right)], Some(&[&text(left)])), left == right);
    }

    #[test]
    fn any_value_negated_is_the_opposite_of_all_values(
        policy in proptest::collection::vec("[abc]", 1..3), request in proptest::collection::vec("[abc]", 0..3),
    ) {
        let policy: Vec<&str> = policy.iter().map(String::as_str).collect();
        let request: Vec<&str> = request.iter().map(String::as_str).collect();
        prop_assert_ne!(
            holds("ForAllValues:StringEquals", &policy, Some(&request)),
            holds("ForAnyValue:StringNotEquals", &policy, Some(&request))
        );
        prop_assert_ne!(
            holds("ForAllValues:StringNotEquals", &policy, Some(&request)),
            holds("ForAnyValue:StringEquals", &policy, Some(&request))
        );
    }
}

/// A value that is known not to be among some never equals one of them; what else it is, is not known.
#[rstest]
#[case("StringEquals", &["o-1"], Some(false))]
#[case("StringLike", &["o-1"], Some(false))]
#[case("ForAnyValue:StringLike", &["o-2/*", "o-2/r-1/*"], Some(false))]
#[case("StringNotEquals", &["o-1"], Some(true))]
#[case("StringEquals", &["o-1", "o-3"], None)]
#[case("StringLike", &["o-*"], None)]
#[case("StringNotEquals", &["o-3"], None)]
#[case("StringEqualsIfExists", &["o-1"], None)]
#[case("ForAllValues:StringEquals", &["o-1"], None)]
#[case("ForAllValues:StringNotLike", &["o-1", "o-2/r-1/*"], Some(true))]
#[case("ForAnyValue:StringNotEquals", &["o-1"], None)]
fn what_a_value_is_not_decides_equality_alone(
    #[case] operator: &str,
    #[case] values: &[&str],
    #[case] expected: Option<bool>,
) {
    let mut context = Context::open();
    context.exclude("k", ["o-1", "o-2/*"]);
    let expression = compile(&[condition(operator, "k", values)], Version::V2012).expression;
    assert_eq!(expression.evaluate(&context), expected);
}
