//! Tests that clauses of one AND chain are said to exclude each other only when they do, in linear steps.

use super::*;
use crate::attribute::{BoolAttribute, IntAttribute};
use crate::warning::contradiction::COMPARED;
use crate::{Number, RowView, Side, Unconditional, evaluate};

/// Returns how many warnings of a condition say that it never matches, and the steps that it takes to find them.
fn excluded(condition: &str) -> (usize, usize) {
    COMPARED.set(0);
    let found = warnings(condition);
    let never = found.iter().filter(|(code, _)| *code == NeverMatches);
    (never.count(), COMPARED.get())
}

/// Returns the number of steps that it takes to find that no value of a list passes all clauses. The list has `values` values.
fn compared(values: usize, clauses: &[String]) -> usize {
    let list = |range: std::ops::Range<usize>| {
        let names: Vec<String> = range.map(|number| format!("'v{number}'")).collect();
        names.join(", ")
    };
    let attribute = "grantedby.cloud.entity.type";
    let (excluded, steps) = excluded(&format!(
        "{attribute} IN ({}) AND {} AND {attribute} NOT IN ({})",
        list(0..values),
        clauses.join(" AND "),
        list(0..values)
    ));
    assert_eq!(excluded, 1);
    steps
}

#[rstest]
#[case::other_values(|number| format!("grantedby.cloud.entity.type != 'w{number}'"))]
#[case::other_lists(|number| format!("NOT grantedby.cloud.entity.type IN ('w{number}', 'x')"))]
fn twice_as_many_values_and_clauses_that_exclude_others_take_twice_the_steps(
    #[case] clause: fn(usize) -> String,
) {
    let clauses: Vec<String> = (0..120).map(clause).collect();
    let (few, many) = (compared(200, &clauses[..60]), compared(400, &clauses));
    assert!((200..=2 * 400 + 2 * 120).contains(&few), "{few}");
    assert!((few..=2 * few).contains(&many), "{few} and {many}");
}

#[rstest]
#[case::other_beginnings(|number| format!("DOES NOT START WITH 'w{number}'"), "DOES NOT START WITH 'v'")]
#[case::other_ends(|number| format!("DOES NOT END WITH '{number}w'"), "DOES NOT END WITH 'v'")]
#[case::one_beginning(|number| format!("STARTS WITH '{}'", "v".repeat(1 + number % 2)), "STARTS WITH 'vvv'")]
#[case::one_end(|number| format!("ENDS WITH '{}'", "v".repeat(1 + number % 2)), "ENDS WITH 'vvv'")]
fn twice_as_many_values_and_clauses_about_parts_of_values_take_twice_the_steps(
    #[case] clause: fn(usize) -> String,
    #[case] last: &str,
) {
    let steps = |size: usize| {
        let values: Vec<String> = (0..size).map(|number| format!("'vv{number}vv'")).collect();
        let clauses: Vec<String> = (0..size / 4).map(clause).chain([last.to_owned()]).collect();
        let attribute = "source.cloud.resource.name";
        let clauses: Vec<String> = clauses.iter().map(|one| format!("{attribute} {one}")).collect();
        let (excluded, steps) = excluded(&format!(
            "{attribute} IN ({}) AND {}",
            values.join(", "),
            clauses.join(" AND ")
        ));
        assert!(excluded > 0, "{last}");
        steps
    };
    let (few, many) = (steps(120), steps(240));
    assert!((120..=3 * 120).contains(&few), "{few}");
    assert!((few..=2 * few).contains(&many), "{few} and {many}");
}

proptest! {
    #[test]
    fn values_that_pass_clauses_about_their_parts_exclude_nothing(
        values in prop::collection::vec("[abİ]{0,3}", 1..5),
        clauses in prop::collection::vec((0..6usize, "[abAİ]{0,2}"), 1..4),
    ) {
        let operators = ["STARTS WITH", "DOES NOT START WITH", "ENDS WITH", "DOES NOT END WITH", "CONTAINS", "DOES NOT CONTAIN"];
        let attribute = "source.cloud.resource.name";
        let list: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        let tests: Vec<String> = clauses
            .iter()
            .map(|(operator, literal)| format!("{attribute} {} '{literal}'", operators[*operator]))
            .collect();
        let condition = format!("{attribute} IN ({}) AND {}", list.join(", "), tests.join(" AND "));
        let passes = |value: &&String| {
            clauses.iter().all(|(operator, literal)| {
                let part = [Part::Start, Part::End, Part::Anywhere][operator / 2];
                part.test(literal).holds(value) == operator.is_multiple_of(2)
            })
        };
        if values.iter().find(passes).is_some() {
            let found = warnings(&condition);
            prop_assert!(found.iter().all(|(code, _)| *code != NeverMatches), "{condition}: {found:?}");
        }
    }
}

/// A row with three attributes only.
struct Tiny {
    entity_type: Option<&'static str>,
    public: Option<bool>,
    days: Number,
}

impl RowView for Tiny {
    type Grant = Unconditional;

    fn any_text(&self, _: TextAttribute, test: impl FnMut(&str) -> bool) -> bool {
        self.entity_type.is_some_and(test)
    }

    fn covers(&self, _: &str) -> bool {
        false
    }

    fn account_id(&self, _: Side) -> Option<&str> {
        None
    }

    fn flag(&self, _: BoolAttribute) -> Option<bool> {
        self.public
    }

    fn number(&self, _: IntAttribute) -> Number {
        self.days
    }

    fn any_tag(&self, _: TagAttribute, _: impl FnMut(&str, &str) -> bool) -> bool {
        false
    }

    fn any_grant(&self, test: impl FnMut(&Unconditional) -> bool) -> bool {
        [Unconditional].iter().any(test)
    }
}

fn clause() -> impl Strategy<Value = String> {
    let clause = prop_oneof![
        (
            prop::sample::select(&["=", "!=", "STARTS WITH", "DOES NOT END WITH", "CONTAINS"]),
            prop::sample::select(&["a", "B", "ab", ""]),
        )
            .prop_map(|(operator, value)| format!("grantedby.cloud.entity.type {operator} '{value}'")),
        prop::sample::select(&["IN", "NOT IN"])
            .prop_map(|operator| format!("grantedby.cloud.entity.type {operator} ('a', 'AB')")),
        (prop::sample::select(&["=", "!="]), any::<bool>())
            .prop_map(|(operator, value)| format!("source.public {operator} {value}")),
        (prop::sample::select(&[">", "<=", "=", "!=", "<", ">="]), 0_u32..3)
            .prop_map(|(operator, value)| format!("action.lastaccess.days {operator} {value}")),
    ];
    (any::<bool>(), clause).prop_map(|(not, clause)| if not { format!("NOT {clause}") } else { clause })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]
    #[test]
    fn a_chain_said_to_match_nothing_matches_nothing(clauses in prop::collection::vec(clause(), 1..5)) {
        let query = Query::parse(&format!("config from iam where {}", clauses.join(" AND "))).unwrap();
        // A clause alone that never matches is different: below a NOT it always holds.
        let never = query.warnings(&()).iter().any(|warning| warning.message.contains("clauses that AND joins to it"));
        for entity_type in [None, Some("A"), Some("b"), Some("aB"), Some("ba"), Some("")] {
            for public in [None, Some(true), Some(false)] {
                for days in [0, 1, 2, 3].map(Number::Known).into_iter().chain([Number::Never, Number::Absent]) {
                    let row = Tiny { entity_type, public, days };
                    prop_assert!(!(never && evaluate(query.expression(), &row)), "{}", query);
                }
            }
        }
    }
}
