use rstest::rstest;
use serde_json::{Value, json};

use super::{Filter, FilterError};

fn record() -> Value {
    json!({
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": { "pk": { "S": "JOB#1" } },
            "NewImage": { "status": { "S": "IN_PROGRESS" }, "count": { "N": "12" }, "tags": { "SS": ["a", "b"] } },
        },
    })
}

#[rstest]
#[case(json!({ "eventName": ["INSERT"] }), true)]
#[case(json!({ "eventName": ["MODIFY", "REMOVE"] }), false)]
#[case(json!({ "eventName": ["INSERT"], "dynamodb": { "NewImage": { "status": { "S": ["DONE"] } } } }), false)]
#[case(json!({ "dynamodb": { "Keys": { "pk": { "S": [{ "prefix": "JOB#" }] } } } }), true)]
#[case(json!({ "dynamodb": { "Keys": { "pk": { "S": [{ "suffix": "#2" }] } } } }), false)]
#[case(json!({ "dynamodb": { "Keys": { "pk": { "S": [{ "anything-but": ["JOB#1"] }] } } } }), false)]
#[case(json!({ "dynamodb": { "Keys": { "pk": { "S": [{ "anything-but": { "prefix": "SHARD#" } }] } } } }), true)]
#[case(json!({ "dynamodb": { "NewImage": { "status": { "S": [{ "equals-ignore-case": "in_progress" }] } } } }), true)]
#[case(json!({ "dynamodb": { "NewImage": { "status": { "S": [{ "exists": true }] } } } }), true)]
#[case(json!({ "dynamodb": { "OldImage": { "status": { "S": [{ "exists": false }] } } } }), true)]
#[case(json!({ "dynamodb": { "NewImage": { "status": { "S": [{ "exists": false }] } } } }), false)]
#[case(json!({ "dynamodb": { "NewImage": { "count": { "N": [{ "numeric": [">", 10, "<=", 12] }] } } } }), true)]
#[case(json!({ "dynamodb": { "NewImage": { "count": { "N": [{ "numeric": ["<", 12] }] } } } }), false)]
#[case(json!({ "dynamodb": { "NewImage": { "tags": { "SS": ["b"] } } } }), true)]
#[case(json!({ "$or": [{ "eventName": ["REMOVE"] }, { "dynamodb": { "Keys": { "pk": { "S": ["JOB#1"] } } } }] }), true)]
#[case(json!({ "$or": [{ "eventName": ["REMOVE"] }, { "eventName": ["MODIFY"] }] }), false)]
#[case(json!({}), true)]
fn a_pattern_accepts_what_lambda_accepts(#[case] pattern: Value, #[case] accepted: bool) {
    assert_eq!(Filter::parse(&pattern).unwrap().accepts(&record()), accepted);
    // A template holds the pattern as text.
    assert_eq!(
        Filter::parse(&Value::String(pattern.to_string()))
            .unwrap()
            .accepts(&record()),
        accepted
    );
}

#[rstest]
#[case(json!("{"), true)]
#[case(json!([]), true)]
#[case(json!({ "eventName": "INSERT" }), false)]
#[case(json!({ "eventName": [{ "cidr": "10.0.0.0/8" }] }), false)]
#[case(json!({ "eventName": [{ "numeric": ["~", 1] }] }), false)]
fn an_unknown_rule_is_refused_and_not_ignored(#[case] pattern: Value, #[case] is_syntax: bool) {
    let error = Filter::parse(&pattern).unwrap_err();
    assert_eq!(matches!(error, FilterError::Syntax(_)), is_syntax, "{error}");
}
