use crate::condition::expression::SORTED;
use crate::condition::{Atom, Expression, MAX_ATOMS, compile};
use crate::context::Context;
use crate::document::{Condition, Version};
use proptest::prelude::*;
use rstest::rstest;

fn test(operator: &str, key: &str, value: &str) -> Expression {
    let condition = Condition {
        operator: operator.into(),
        key: key.into(),
        values: vec![value.into()],
    };
    compile(&[condition], Version::V2012).expression
}

fn a() -> Expression {
    test("StringEquals", "a", "1")
}

fn b() -> Expression {
    test("StringEquals", "b", "1")
}

#[rstest]
#[case(a().and(a()), "StringEquals(a, \"1\")")]
#[case(a().and(a().or(b())), "StringEquals(a, \"1\")")]
#[case(a().or(a().and(b())), "StringEquals(a, \"1\")")]
#[case(a().and(a().negate()), "false")]
#[case(a().or(a().negate()), "true")]
#[case(b().and(a()), "(StringEquals(a, \"1\") and StringEquals(b, \"1\"))")]
#[case(a().and(b()).negate(), "(not StringEquals(a, \"1\") or not StringEquals(b, \"1\"))")]
#[case(test("StringEqualsIfExists", "a", "1").negate(), "(not Null(a) and not StringEquals(a, \"1\"))")]
#[case(a().and(test("StringNotEquals", "a", "1")), "false")]
#[case(a().or(test("StringNotEquals", "a", "1")), "true")]
#[case(test("StringLike", "a", "*").and(test("StringNotLike", "a", "*")), "false")]
#[case(test("NumericEquals", "a", "1").and(test("NumericNotEquals", "a", "1")), "false")]
#[case(test("DateEquals", "a", "2026").and(test("DateNotEquals", "a", "2026")), "false")]
#[case(test("IpAddress", "a", "::1").and(test("NotIpAddress", "a", "::1")), "false")]
fn residuals_are_simplified(#[case] expression: Expression, #[case] expected: &str) {
    assert_eq!(expression.to_string(), expected);
}

/// Counts the members that are sorted to join as many tests of different keys, and the same tests again.
fn sorted(tests: usize) -> usize {
    let conditions: Vec<Condition> = (0..tests * 2)
        .map(|number| Condition {
            operator: "StringEquals".into(),
            key: format!("key{}", number % tests),
            values: vec!["1".into()],
        })
        .collect();
    let before = SORTED.get();
    assert_eq!(
        compile(&conditions, Version::V2012).expression,
        Expression::Complex
    );
    SORTED.get() - before
}

#[test]
fn a_long_block_of_conditions_is_sorted_no_more_than_a_short_one() {
    assert_eq!(sorted(1_000), sorted(20_000));
}

#[test]
fn a_list_that_is_too_long_is_still_decided_by_a_member() {
    let many = || (0..1_000).map(|number| test("StringEquals", &format!("key{number}"), "1"));
    assert_eq!(
        Expression::all(many().chain([Expression::False])),
        Expression::False
    );
    assert_eq!(
        Expression::any(many().chain([Expression::True])),
        Expression::True
    );
    assert_eq!(Expression::any(many()), Expression::Complex);
    // A repeated member does not make the list longer.
    assert_eq!(Expression::all((0..1_000).map(|_| a())), a());
}

#[test]
fn orders_are_no_complements() {
    let both = test("NumericLessThan", "a", "1").or(test("NumericGreaterThanEquals", "a", "1"));
    assert_eq!(both.decided(), None);
    assert_eq!(both.evaluate(&Context::closed()), Some(false));
}

#[test]
fn what_cannot_be_read_keeps_numbers_and_their_negation_from_being_complements() {
    for (one, other) in [
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
        ("IpAddress", "NotIpAddress"),
    ] {
        let either = test(one, "a", "10").or(test(other, "a", "10"));
        assert_eq!(either.decided(), None);
        assert_eq!(
            either.evaluate(&Context::closed().with("a", ["unreadable"])),
            Some(false)
        );
    }
}

#[test]
fn a_residual_beyond_the_cap_is_complex_but_a_constant_still_decides() {
    let atoms = |count: usize| (0..count).map(|at| Expression::atom(Atom::Null(format!("k{at}").into())));
    assert_eq!(Expression::all(atoms(MAX_ATOMS)).atoms(), MAX_ATOMS);
    assert_eq!(Expression::all(atoms(MAX_ATOMS + 1)), Expression::Complex);
    assert_eq!(Expression::all(atoms(2_000)), Expression::Complex);
    assert_eq!(Expression::Complex.and(Expression::False), Expression::False);
    assert_eq!(Expression::Complex.or(Expression::True), Expression::True);
    assert_eq!(Expression::Complex.negate().and(a()), Expression::Complex);
}

#[test]
fn known_keys_are_filled_in_and_the_rest_remains() {
    let expression = a().and(b());
    assert_eq!(expression.resolve(&Context::open().with("a", ["1"])), b());
    assert_eq!(
        expression.resolve(&Context::open().with("a", ["2"])),
        Expression::False
    );
    assert_eq!(expression.resolve(&Context::open()), expression);
}

const OPERATORS: [&str; 24] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringLike",
    "StringNotLike",
    "ArnLike",
    "ArnNotLikeIfExists",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThanIfExists",
    "DateEquals",
    "DateNotEquals",
    "Bool",
    "BoolIfExists",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "ForAllValues:StringEquals",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringLikeIfExists",
    "ForAnyValue:StringNotLike",
    "StringNotEqualsIgnoreCase",
    "BinaryEquals",
];

fn block() -> impl Strategy<Value = Vec<Condition>> {
    let value = proptest::sample::select(vec!["1", "2", "true", "x*", "${c}", "${b, '1'}", "10.0.0.1", "*"]);
    let condition = (
        proptest::sample::select(OPERATORS.to_vec()),
        proptest::sample::select(vec!["a", "b"]),
        proptest::collection::vec(value, 1..3),
    )
        .prop_map(|(operator, key, values)| Condition {
            operator: operator.into(),
            key: key.into(),
            values: values.into_iter().map(str::to_owned).collect(),
        });
    proptest::collection::vec(condition, 0..4)
}

fn key_values() -> impl Strategy<Value = Vec<&'static str>> {
    let value = proptest::sample::select(vec!["1", "2", "true", "false", "x", "10.0.0.1", "arn:a:b:c:d:e"]);
    proptest::collection::vec(value, 0..3)
}

/// Returns all conditions of a block one by one, without simplification
fn one_by_one(block: &[Condition], keys: &Context) -> bool {
    block.iter().all(|one| {
        compile(std::slice::from_ref(one), Version::V2012)
            .expression
            .evaluate(keys)
            == Some(true)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.saturating_mul(2)))]

    #[test]
    fn fixing_an_unknown_key_never_contradicts_the_residual(
        block in block(), other in block(),
        a in key_values(), b in key_values(), c in key_values(),
        known in proptest::collection::vec(any::<bool>(), 3),
    ) {
        let values = [("a", a), ("b", b), ("c", c)];
        let mut full = Context::closed();
        let mut partial = Context::open();
        for ((key, values), known) in values.iter().zip(&known) {
            full.add(key, values.iter().copied());
            if *known {
                partial.add(key, values.iter().copied());
            }
        }
        let first = compile(&block, Version::V2012).expression;
        let second = compile(&other, Version::V2012).expression;
        prop_assert_eq!(first.evaluate(&full), Some(one_by_one(&block, &full)));
        for combined in [first.clone().and(second.clone().negate()), first.clone().or(second.clone()), second.negate().or(first.negate())] {
            let residual = combined.resolve(&partial);
            prop_assert_eq!(residual.evaluate(&full), combined.evaluate(&full));
            prop_assert_eq!(residual.resolve(&full).decided(), combined.evaluate(&full));
        }
    }

    #[test]
    fn simplification_changes_no_truth_value(
        shape in proptest::collection::vec((0..4_usize, 0..4_u8), 1..12), truth in proptest::collection::vec(any::<bool>(), 4),
    ) {
        let keys = ["w", "x", "y", "z"];
        let mut context = Context::closed();
        for (key, present) in keys.iter().zip(&truth) {
            if *present {
                context.add(key, ["1"]);
            }
        }
        let mut expression = Expression::False;
        let mut expected = false;
        for (at, join) in shape {
            let atom = Expression::atom(Atom::Null(keys[at].into()));
            let value = !truth[at];
            (expression, expected) = match join {
                0 => (expression.and(atom), expected && value),
                1 => (expression.or(atom), expected || value),
                2 => (expression.and(atom.negate()).negate(), value || !expected),
                _ => (atom.or(expression).negate(), !(value || expected)),
            };
        }
        prop_assert_eq!(expression.evaluate(&context), Some(expected));
    }
}
