use std::collections::BTreeMap;

use iam::size::MANAGED_POLICY;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn statement(actions: &[&str], resources: &[&str]) -> Statement {
    Statement {
        series: "Sid",
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
        condition: None,
    }
}

/// Returns what the documents allow: every (action, resource, condition), with the number of times that it is written.
fn grants(documents: &[String]) -> BTreeMap<(String, String, String), usize> {
    let mut grants = BTreeMap::new();
    for statement in parsed(documents) {
        let condition = statement
            .get("Condition")
            .map(Value::to_string)
            .unwrap_or_default();
        for action in texts(&statement["Action"]) {
            for resource in texts(&statement["Resource"]) {
                *grants
                    .entry((action.clone(), resource, condition.clone()))
                    .or_default() += 1;
            }
        }
    }
    grants
}

fn parsed(documents: &[String]) -> Vec<Value> {
    documents
        .iter()
        .flat_map(|text| {
            let document: Value = serde_json::from_str(text).unwrap();
            assert_eq!(document["Version"], "2012-10-17");
            document["Statement"].as_array().unwrap().clone()
        })
        .collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value.as_str() {
        Some(text) => vec![text.to_owned()],
        None => value
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect(),
    }
}

#[test]
fn nothing_to_allow_is_no_document() {
    assert!(documents(Vec::new(), MANAGED_POLICY).is_empty());
}

#[test]
fn one_of_anything_is_a_string_and_several_are_a_list() {
    let mut conditional = statement(&["a:B"], &["x", "y"]);
    conditional.condition = Some(json!({"StringEquals": {"k": "v"}}));
    let texts = documents(
        vec![statement(&["a:A", "a:B"], &["*"]), conditional],
        MANAGED_POLICY,
    );
    insta::assert_snapshot!(texts.join("\n"), @r#"{"Version":"2012-10-17","Statement":[{"Sid":"Sid0","Effect":"Allow","Action":["a:A","a:B"],"Resource":"*"},{"Sid":"Sid1","Effect":"Allow","Action":"a:B","Resource":["x","y"],"Condition":{"StringEquals":{"k":"v"}}}]}"#);
}

#[test]
fn a_document_of_exactly_the_limit_is_not_split() {
    let statements = vec![statement(&["a:A"], &["x"]), statement(&["a:B"], &["y"])];
    let whole = documents(statements.clone(), usize::MAX);
    let length = size(&whole[0]);
    assert_eq!(documents(statements.clone(), length), whole);
    let split = documents(statements, length - 1);
    assert_eq!(split.len(), 2);
    assert!(
        split[1].contains(r#""Sid":"Sid1""#),
        "numbers run on: {}",
        split[1]
    );
}

#[test]
fn white_space_does_not_count() {
    let spaced = vec![statement(&["a:A"], &["a b c d e f"])];
    let dense = vec![statement(&["a:A"], &["abcdef"])];
    let length = size(&documents(dense, usize::MAX)[0]);
    assert_eq!(documents(spaced, length).len(), 1);
}

#[test]
fn text_that_json_must_escape_survives() {
    let resource = "arn:aws:s3:::b/\"quoted\"\\\u{1}\u{fc}";
    let texts = documents(vec![statement(&["s3:GetObject"], &[resource])], MANAGED_POLICY);
    assert_eq!(parsed(&texts)[0]["Resource"], resource);
}

#[test]
fn what_cannot_be_cut_is_written_all_the_same() {
    let long = "x".repeat(200);
    let texts = documents(
        vec![statement(&["a:A"], &[&long]), statement(&["a:B"], &["y"])],
        150,
    );
    assert_eq!(grants(&texts).len(), 2);
}

#[test]
fn a_statement_that_fits_no_document_begins_in_the_room_that_is_left() {
    let actions: Vec<String> = (0..40)
        .map(|number| format!("service:Action{number:02}"))
        .collect();
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let texts = documents(
        vec![statement(&["a:A"], &["x"]), statement(&actions, &["*"])],
        500,
    );
    let first = parsed(&texts[..1]);
    assert_eq!(first.len(), 2);
    assert_eq!(first[1]["Sid"], "Sid1");
    assert_eq!(first[1]["Action"][0], "service:Action00");
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let names = prop::collection::btree_set("[a-z]{1,12}:[A-Z][A-Za-z]{1,30}", 1..40);
    let resources = prop::collection::btree_set("[a-z:/\" \\\\]{1,60}", 1..12);
    (names, resources, any::<bool>(), any::<bool>()).prop_map(|(actions, resources, conditional, other)| {
        Statement {
            series: if other { "Sid" } else { "OtherSid" },
            actions: actions.into_iter().collect(),
            resources: resources.into_iter().collect(),
            condition: conditional.then(|| json!({"StringEquals": {"iam:PassedToService": "x"}})),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn splitting_changes_nothing_and_keeps_the_limit(
        statements in prop::collection::vec(any_statement(), 0..12),
        limit in 500_usize..3_000,
    ) {
        let whole = documents(statements.clone(), usize::MAX);
        let split = documents(statements, limit);
        for text in &split {
            prop_assert!(size(text) <= limit, "{} > {limit}", size(text));
        }
        prop_assert_eq!(grants(&split), grants(&whole));
        let mut numbers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for statement in parsed(&split) {
            let sid = statement["Sid"].as_str().unwrap();
            let (series, number) = sid.split_once("Sid").unwrap();
            numbers.entry(series.to_owned()).or_default().push(number.parse().unwrap());
        }
        for numbers in numbers.values() {
            prop_assert!(numbers.iter().copied().eq(0..numbers.len()), "{numbers:?}");
        }
    }
}
