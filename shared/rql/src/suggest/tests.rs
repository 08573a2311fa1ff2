use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{ErrorKind, Query, SyntaxError};

/// Returns the text with a suggestion taken.
fn take(text: &str, offset: u32, suggestion: &str) -> String {
    let mut taken: String = text.chars().take(offset as usize).collect();
    let touches = |c: char| c.is_ascii_alphanumeric();
    if taken.ends_with(touches) && suggestion.starts_with(touches) {
        taken.push(' ');
    }
    taken + suggestion
}

/// Returns whether the text is a query or the beginning of one.
fn may_go_on(text: &str) -> bool {
    match Query::parse(text) {
        Ok(_) => true,
        Err(error) => {
            error.kind
                == ErrorKind::Syntax(SyntaxError::Unexpected {
                    found: "end of query".into(),
                })
        }
    }
}

fn assert_law(text: &str) {
    let found = suggest(text, &());
    assert_eq!(found.valid, Query::parse(text).is_ok(), "{text}");
    assert!(found.suggestions.len() <= MAX_SUGGESTIONS);
    assert!(found.offset <= characters(text));
    for suggestion in &found.suggestions {
        let taken = take(text, found.offset, suggestion);
        assert!(
            may_go_on(&taken),
            "{text}\n{taken}\n{:?}",
            Query::parse(&taken).map(|_| ())
        );
    }
}

#[rstest]
#[case::nothing("", false, 0, &["config"])]
#[case::first_word("con", false, 0, &["config"])]
#[case::whole_word("config", false, 6, &["from"])]
#[case::second_word("CONFIG FR", false, 7, &["from"])]
#[case::complete("config from iam where source.public=true", true, 40, &["AND", "OR"])]
#[case::complete_and_blank("config from iam where source.public=true ", true, 41, &["AND", "OR"])]
#[case::connective_begun("config from iam where source.public=true a", false, 41, &["AND"])]
#[case::nothing_fits("config from iam where source.public=true x", false, 41, &[])]
#[case::attributes("config from iam where dest.cloud.acc", false, 22, &["dest.cloud.account", "dest.cloud.accountgroup"])]
#[case::longer_names("config from iam where source.cloud.account", false, 22,
    &["source.cloud.account", "source.cloud.accountgroup", "source.cloud.account.isvendor"])]
#[case::end_of_a_name("config from iam where source.cloud.account ", false, 43,
    &["=", "!=", "IN", "NOT", "STARTS", "ENDS", "DOES", "CONTAINS"])]
#[case::operator_words("config from iam where action.name DOES NOT ", false, 43, &["START", "END", "CONTAIN"])]
#[case::operator_word("config from iam where action.name DOES NOT S", false, 43, &["START"])]
#[case::known_values("config from iam where dest.cloud.type = ", false, 40, &["'AWS'", "'AZURE'", "'GCP'", "'SITEWISE'", "'NCP'"])]
#[case::value_begun("config from iam where dest.cloud.type = 'a", false, 40, &["'AWS'", "'AZURE'"])]
#[case::list_items("config from iam where dest.cloud.type IN ('AWS',", false, 48, &["'AWS'", "'AZURE'", "'GCP'", "'SITEWISE'", "'NCP'"])]
#[case::after_an_item("config from iam where dest.cloud.type IN ('AWS'", false, 47, &[",", ")"])]
#[case::other_account("config from iam where dest.cloud.account != ", false, 44, &["source.cloud.account"])]
#[case::truth("config from iam where source.public != f", false, 39, &["false"])]
#[case::free_text("config from iam where action.name = ", false, 36, &[])]
#[case::key("config from iam where dest.cloud.resource.tag", false, 45, &["("])]
#[case::condition("config from iam where grantedby.cloud.policy.condition ", false, 55, &["(", "EXISTS", "DOES"])]
#[case::group("config from iam where (source.public = true ", false, 44, &["AND", "OR", ")"])]
#[case::sign_begun("config from iam where source.public !", false, 36, &["!="])]
#[case::error_in_the_middle("config from iam where source.public = true dest.cloud.type = 'AWS'", false, 43, &["AND", "OR"])]
#[case::no_all_below_not("config from iam where NOT action.name CONTAINS ", false, 47, &[])]
#[case::all("config from iam where action.name CONTAINS ", false, 43, &["ALL"])]
#[case::no_and_after_such_a_group("config from iam where (action.name CONTAINS ALL ('a') OR source.public = true) ", true, 79, &["OR"])]
#[case::no_or_in_such_a_group("config from iam where source.public = true AND (action.name CONTAINS ALL ('a') ", false, 79, &["AND", ")"])]
fn suggestions_are_what_fits(
    #[case] text: &str,
    #[case] valid: bool,
    #[case] offset: u32,
    #[case] suggestions: &[&str],
) {
    let found = suggest(text, &());
    assert_eq!((found.valid, found.offset), (valid, offset), "{found:?}");
    assert_eq!(found.suggestions, suggestions);
    assert_law(text);
}

#[test]
fn an_open_query_offers_every_attribute() {
    let found = suggest("config from iam where ", &());
    assert_eq!(found.suggestions.len(), ATTRIBUTES.len() + 2);
    assert_eq!(found.suggestions[..2], ["NOT", "("]);
}

#[test]
fn bounds_are_not_suggested_away() {
    let predicates = vec!["source.public=true"; 256].join(" AND ");
    assert_eq!(
        suggest(&format!("config from iam where {predicates}"), &()).suggestions,
        Vec::<String>::new()
    );
    let items = vec!["'a'"; 1000].join(",");
    assert_eq!(
        suggest(&format!("config from iam where action.name IN ({items}"), &()).suggestions,
        [")"]
    );
    assert_law(&format!("config from iam where {}", "(".repeat(32)));
    let padding = " ".repeat(16_384 - 46);
    assert_law(&format!("config from iam where source.public = true{padding}"));
}

#[test]
fn every_beginning_of_a_query_keeps_the_law() {
    let query = "config from iam where (dest.cloud.type IN ('AWS', 'GCP') or not source.cloud.account != dest.cloud.account) \
                 AND grantedby.cloud.policy.condition('aws:SourceIp', 'IpAddress') NOT IN ('10.0.0.0/8') \
                 AND action.lastaccess.days <= 90 AND action.name DOES NOT END WITH 'x'";
    assert!(Query::parse(query).is_ok());
    for (end, _) in query.char_indices() {
        assert_law(query.get(..end).unwrap());
    }
}

const PIECES: &[&str] = &[
    "config from iam where ",
    "source.public",
    "action.name",
    "dest.cloud.account",
    "source.cloud.account",
    "dest.cloud.type",
    "grantedby.cloud.policy.condition",
    "dest.cloud.resource.tag",
    "action.lastaccess.days",
    "=",
    "!=",
    ">",
    "IN",
    "NOT",
    "CONTAINS",
    "ALL",
    "DOES",
    "LIKE",
    "EXISTS",
    "(",
    ")",
    ",",
    "'a'",
    "'",
    "'AWS'",
    "7",
    "true",
    "tru",
    "AND",
    "OR",
    "dest.cl",
    " ",
    "\n",
    "é",
    "\u{a0}",
];

proptest! {
    #![proptest_config(ProptestConfig::default())]
    #[test]
    fn taking_a_suggestion_never_makes_a_query_invalid(
        pieces in prop::collection::vec((prop::sample::select(PIECES), any::<bool>()), 0..14),
        head in any::<bool>(),
    ) {
        let mut text = String::from(if head { "config from iam where " } else { "" });
        for (piece, space) in pieces {
            text.push_str(piece);
            if space {
                text.push(' ');
            }
        }
        assert_law(&text);
    }

    #[test]
    fn a_query_can_be_written_by_suggestions_alone(choices in prop::collection::vec(any::<prop::sample::Index>(), 1..40)) {
        let mut text = String::new();
        for choice in choices {
            let found = suggest(&text, &());
            if found.suggestions.is_empty() {
                break;
            }
            text = take(&text, found.offset, &found.suggestions[choice.index(found.suggestions.len())]);
            prop_assert!(may_go_on(&text), "{}", text);
            text.push(' ');
            assert_law(&text);
        }
    }
}

/// Knows two policies.
struct Policies;

impl crate::KnownValues for Policies {
    fn values(&self, attribute: crate::TextAttribute, prefix: &str, most: usize) -> Vec<String> {
        let all = ["Admin", "Bob's own"];
        let of_policies = attribute == crate::TextAttribute::PolicyName;
        let found = all
            .into_iter()
            .filter(|name| of_policies && name.to_lowercase().starts_with(prefix));
        found.take(most).map(String::from).collect()
    }
}

#[rstest]
#[case("config from iam where grantedby.cloud.policy.name = ", &["'Admin'", "'Bob''s own'"], 52)]
#[case("config from iam where grantedby.cloud.policy.name = 'ad", &["'Admin'"], 52)]
#[case("config from iam where grantedby.cloud.policy.name IN ('x', 'BOB''s", &["'Bob''s own'"], 59)]
#[case("config from iam where source.cloud.resource.name = 'ad", &[], 51)]
fn values_of_the_rows_complete_a_literal(#[case] text: &str, #[case] expected: &[&str], #[case] offset: u32) {
    let found = suggest(text, &Policies);
    assert_eq!(found.suggestions, expected);
    assert_eq!(found.offset, offset);
}
