//! Whole queries and random ones: what is printed parses to the same tree, and no text ends the process.

use proptest::prelude::*;

use crate::attribute::{ConditionAttribute, IntAttribute, TagAttribute};
use crate::{
    BoolAttribute, Comparison, ConditionKey, Expr, KeyedMatch, KeyedTest, Literal, LiteralList, Needle,
    Predicate, Query, Side, TextAttribute, TextMatch, TextTest, suggest,
};

const PUBLISHED: &str = include_str!("tests/published.txt");
const OWN: &str = include_str!("tests/own.txt");

fn queries(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn check(query: &str) {
    let parsed =
        Query::parse(query).unwrap_or_else(|error| panic!("{query}\n{error}\n{:#?}", error.details()));
    let again = Query::parse(&parsed.to_string()).unwrap();
    assert_eq!(parsed.expression(), again.expression(), "{query}");
    assert_eq!(parsed.identity(), again.identity(), "{query}");
    assert_eq!(parsed.text(), query);
}

#[test]
fn published_queries_parse() {
    queries(PUBLISHED).for_each(check);
    assert_eq!(queries(PUBLISHED).count(), 8);
}

#[test]
fn own_queries_parse() {
    queries(OWN).for_each(check);
    assert!(queries(OWN).count() >= 120);
}

#[test]
fn a_query_may_stand_on_many_lines() {
    for query in queries(PUBLISHED).chain(queries(OWN)) {
        // White space inside strings counts, so that only white space between clauses is changed.
        let broken = query.replace(" AND ", "\r\n\tAND\n").replace(" OR ", "\n  OR\t");
        let broken = format!("\n {broken} \n");
        let identity = |text: &str| Query::parse(text).unwrap().identity();
        assert_eq!(identity(&broken), identity(query));
    }
}

#[test]
fn case_makes_no_other_search() {
    for query in queries(PUBLISHED).chain(queries(OWN)) {
        let identity = |text: &str| Query::parse(text).unwrap().identity();
        assert_eq!(
            identity(&query.to_ascii_uppercase()),
            identity(&query.to_ascii_lowercase())
        );
    }
}

#[test]
fn the_canonical_form_spells_every_token_one_way() {
    let text = "config  from iam where(Source.Public=TRUE or not action.name in('s3:GetObject','it''s'))and\n\
                grantedby.cloud.policy.condition ( 'k','op' )does not  exist";
    let query = Query::parse(text).unwrap();
    insta::assert_snapshot!(query, @"CONFIG FROM IAM WHERE (source.public = true OR NOT action.name IN ('s3:GetObject', 'it''s')) AND grantedby.cloud.policy.condition('k', 'op') DOES NOT EXIST");
    insta::assert_snapshot!(query.identity(), @"CONFIG FROM IAM WHERE (source.public = true OR NOT action.name IN ('s3:getobject', 'it''s')) AND grantedby.cloud.policy.condition('k', 'op') DOES NOT EXIST");
}

#[test]
fn order_makes_another_search() {
    let identity = |text: &str| {
        Query::parse(&format!("config from iam where {text}"))
            .unwrap()
            .identity()
    };
    assert_ne!(
        identity("action.name IN ('a', 'b')"),
        identity("action.name IN ('b', 'a')")
    );
}

#[test]
fn searched_names_are_those_of_equality_and_lists_in_order_once() {
    let query = Query::parse(
        "config from iam where dest.cloud.resource.name = 'B' AND (dest.cloud.resource.name IN ('a', 'B', 'b') \
         OR dest.cloud.resource.name != 'no' OR dest.cloud.resource.name NOT IN ('no') \
         OR dest.cloud.resource.name LIKE 'no' OR source.cloud.resource.name = 'no') AND NOT dest.cloud.resource.name = '*'",
    )
    .unwrap();
    assert_eq!(query.searched_dest_resource_names(), ["B", "a", "b", "*"]);
}

#[test]
fn the_documentation_names_every_attribute_and_operator() {
    let document = include_str!("../../../docs/permission-search.md");
    for attribute in crate::attribute::ATTRIBUTES {
        let (name, keyed) = (
            format!("`{}`", attribute.name),
            format!("`{}('k')`", attribute.name),
        );
        assert!(document.contains(&name) || document.contains(&keyed), "{name}");
        for operator in attribute.operators() {
            let operator = format!("`{}`", operator.spelling());
            assert!(document.contains(&operator), "{operator}");
        }
    }
}

fn literal() -> impl Strategy<Value = Literal> {
    "[a-cA-C'* :,\né]{0,6}".prop_map(|text| Literal::new(&text))
}

fn list() -> impl Strategy<Value = LiteralList> {
    prop::collection::vec(literal(), 1..4).prop_map(LiteralList::new)
}

fn text_match() -> impl Strategy<Value = TextMatch> {
    prop_oneof![
        literal().prop_map(TextMatch::Equals),
        list().prop_map(TextMatch::In),
        literal().prop_map(TextMatch::StartsWith),
        literal().prop_map(TextMatch::EndsWith),
        literal().prop_map(|literal| TextMatch::Contains(Needle::new(literal))),
    ]
}

fn keyed_test() -> impl Strategy<Value = KeyedTest> {
    let matcher = prop_oneof![
        Just(KeyedMatch::Exists),
        literal().prop_map(KeyedMatch::Equals),
        list().prop_map(KeyedMatch::In),
    ];
    (any::<bool>(), matcher).prop_map(|(negated, matcher)| KeyedTest { negated, matcher })
}

fn condition() -> impl Strategy<Value = Predicate> {
    let attribute = ConditionAttribute::PolicyCondition;
    let key = prop_oneof![
        literal().prop_map(ConditionKey::Key),
        (literal(), literal()).prop_map(|(key, operator)| ConditionKey::KeyAndOperator(key, operator)),
    ];
    prop_oneof![
        any::<bool>().prop_map(move |negated| Predicate::Condition {
            attribute,
            key: ConditionKey::Any,
            test: KeyedTest {
                negated,
                matcher: KeyedMatch::Exists
            },
        }),
        (key, keyed_test()).prop_map(move |(key, test)| Predicate::Condition { attribute, key, test }),
    ]
}

/// Returns any predicate but `CONTAINS ALL`, whose place is restricted.
fn predicate() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        (
            prop::sample::select(TextAttribute::ALL),
            any::<bool>(),
            text_match()
        )
            .prop_map(|(attribute, negated, matcher)| Predicate::Text {
                attribute,
                test: TextTest { negated, matcher }
            }),
        (any::<bool>(), literal()).prop_map(|(negated, literal)| Predicate::Text {
            attribute: TextAttribute::DestAccount,
            test: TextTest {
                negated,
                matcher: TextMatch::Like(literal)
            },
        }),
        (prop::sample::select(&[Side::Source, Side::Dest]), any::<bool>())
            .prop_map(|(first, differ)| Predicate::Accounts { first, differ }),
        (
            prop::sample::select(BoolAttribute::ALL),
            any::<bool>(),
            any::<bool>()
        )
            .prop_map(|(attribute, negated, value)| Predicate::Bool {
                attribute,
                negated,
                value
            }),
        (
            prop::sample::select(IntAttribute::ALL),
            prop::sample::select(Comparison::ALL),
            any::<u32>()
        )
            .prop_map(|(attribute, comparison, value)| Predicate::Int {
                attribute,
                comparison,
                value
            }),
        (prop::sample::select(TagAttribute::ALL), literal(), keyed_test())
            .prop_map(|(attribute, key, test)| Predicate::Tag { attribute, key, test }),
        condition(),
    ]
}

/// Returns the operands of one connective, with the groups of the same connective dissolved, as the tree demands.
fn flat(operands: Vec<Expr>, and: bool) -> Expr {
    let mut all = Vec::new();
    for operand in operands {
        match operand {
            Expr::And(inner) if and => all.extend(inner),
            Expr::Or(inner) if !and => all.extend(inner),
            other @ (Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_)) => all.push(other),
        }
    }
    if and { Expr::And(all) } else { Expr::Or(all) }
}

fn expr() -> impl Strategy<Value = Expr> {
    predicate()
        .prop_map(Expr::Predicate)
        .prop_recursive(4, 24, 4, |inner| {
            let operands = || prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                operands().prop_map(|operands| flat(operands, true)),
                operands().prop_map(|operands| flat(operands, false)),
                inner.clone().prop_map(|operand| Expr::Not(Box::new(operand))),
            ]
        })
}

/// Returns a whole condition, with `CONTAINS ALL` in some of its topmost alternatives.
fn whole() -> impl Strategy<Value = Expr> {
    let alternative = (expr(), prop::option::of(list()), any::<bool>()).prop_map(|(expr, actions, first)| {
        let Some(actions) = actions else { return expr };
        let all = Expr::Predicate(Predicate::ContainsAll { actions });
        flat(if first { vec![all, expr] } else { vec![expr, all] }, true)
    });
    prop::collection::vec(alternative, 1..4).prop_map(|mut alternatives| {
        if alternatives.len() == 1 {
            alternatives.remove(0)
        } else {
            flat(alternatives, false)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]
    #[test]
    fn what_is_printed_parses_to_the_same_tree(expr in whole()) {
        let text = expr.to_string();
        let query = Query::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}\n{error}")))?;
        prop_assert_eq!(query.expression(), &expr);
        prop_assert_eq!(query.to_string(), text);
        prop_assert_eq!(query.identity(), Query::parse(&query.identity()).unwrap().identity());
    }

    #[test]
    fn no_text_ends_the_process(text in any::<String>(), head in any::<bool>()) {
        let text = if head { format!("config from iam where {text}") } else { text };
        if let Err(error) = Query::parse(&text) {
            prop_assert!(error.position.offset as usize <= text.chars().count());
            prop_assert!(!error.to_string().contains(['\n', '\r']));
        }
        prop_assert!(suggest(&text, &()).offset as usize <= text.chars().count());
    }

    #[test]
    fn a_damaged_query_is_read_or_refused(
        query in prop::sample::select(queries(OWN).collect::<Vec<_>>()),
        at in any::<prop::sample::Index>(),
        piece in "[ '()=,a-zA-Z0-9.é\u{a0}]{0,3}",
        cut in 0_usize..4,
    ) {
        let characters: Vec<char> = query.chars().collect();
        let at = at.index(characters.len());
        let damaged: String =
            characters[..at].iter().copied().chain(piece.chars()).chain(characters[at..].iter().copied().skip(cut)).collect();
        match Query::parse(&damaged) {
            Ok(query) => {
                prop_assert!(query.warnings(&()).len() <= crate::MAX_WARNINGS);
                let again = Query::parse(&query.to_string()).unwrap();
                prop_assert_eq!(again.expression(), query.expression());
            }
            Err(error) => {
                // Everything before the mistake is the beginning of some query.
                let end = damaged.chars().count();
                prop_assert!((error.position.offset + error.position.length) as usize <= end);
                prop_assert!(!error.expected.is_empty() || error.code() == "rql_invalid_operator");
            }
        }
        prop_assert!(suggest(&damaged, &()).offset as usize <= damaged.chars().count());
    }
}
