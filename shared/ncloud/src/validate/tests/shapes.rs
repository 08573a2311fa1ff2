//! Names, descriptions and the shape of a body.

use super::*;

#[rstest]
#[case::two(json!("ab"), &["invalidName.length.min"])]
#[case::three(json!("abc"), &[])]
#[case::thirty(json!("a".repeat(30)), &[])]
#[case::thirty_one(json!("a".repeat(31)), &["invalidName.length.max"])]
#[case::thirty_hangul(json!("가".repeat(30)), &[])]
#[case::thirty_kana(json!("か".repeat(30)), &[])]
#[case::empty(json!(""), &["invalidName.length.min"])]
#[case::digit_first(json!("1ab"), &["invalidName.pattern"])]
#[case::dot_first(json!(".ab"), &["invalidName.pattern"])]
#[case::space(json!("a b"), &["invalidName.pattern"])]
#[case::mark(json!("ab!"), &["invalidName.pattern"])]
#[case::long_and_digit_first(json!(format!("1{}", "a".repeat(30))), &["invalidName.length.max", "invalidName.pattern"])]
fn names(#[case] name: Value, #[case] codes: &[&str]) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["policyName"] = name;
    let expected: Vec<_> = codes
        .iter()
        .map(|code| format!("policyName iam.policy.{code}"))
        .collect();
    assert_eq!(brief(&report_of(&body)), expected);
}

#[rstest]
#[case::at_most(json!("a".repeat(300)), &[])]
#[case::too_long(json!("a".repeat(301)), &["iam.policy.invalidDescription.length.max"])]
#[case::hangul_at_most(json!("가".repeat(100)), &[])]
#[case::hangul_too_long(json!("가".repeat(101)), &["iam.policy.invalidDescription.length.max"])]
#[case::empty(json!(""), &[])]
#[case::null(Value::Null, &["iam.error.requiredFieldIsMissing"])]
#[case::number(json!(5), &["iam.error.invalidType"])]
fn descriptions(#[case] description: Value, #[case] codes: &[&str]) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["description"] = description;
    let expected: Vec<_> = codes.iter().map(|code| format!("description {code}")).collect();
    assert_eq!(brief(&report_of(&body)), expected);
}

#[rstest]
#[case::no_description(json!({ "policyName": "abc", "permissions": policy(&json!([]))["permissions"] }),
    &["description iam.error.requiredFieldIsMissing", "permissions iam.error.requiredFieldIsMissing"])]
#[case::nothing(json!({}), &[
    "policyName iam.error.requiredFieldIsMissing",
    "description iam.error.requiredFieldIsMissing",
    "permissions iam.error.requiredFieldIsMissing",
])]
#[case::null(policy(&Value::Null), &["permissions iam.error.requiredFieldIsMissing"])]
#[case::empty(policy(&json!([])), &["permissions iam.error.requiredFieldIsMissing"])]
#[case::object(policy(&json!({})), &["permissions iam.error.invalidType"])]
#[case::text(policy(&json!("x")), &["permissions iam.error.invalidType"])]
#[case::null_inside(policy(&json!([null])), &["permissions[0] iam.error.invalidType"])]
#[case::empty_permission(policy(&json!([{}])), &[
    "permissions[0].effect iam.error.requiredFieldIsMissing",
    "permissions[0].targets iam.error.requiredFieldIsMissing",
])]
#[case::empty_target(targets(&json!([{}])), &[
    "permissions[0].targets[0].product iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].actions iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
])]
#[case::empty_lists(one("Server", &json!([]), &json!([])), &[
    "permissions[0].targets[0].actions iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
])]
#[case::wrong_types(targets(&json!([{ "product": 1, "actions": [true, []], "resourceNrns": { } }, 7])), &[
    "permissions[0].targets[0].product iam.error.invalidType",
    "permissions[0].targets[0].actions[0] iam.error.invalidType",
    "permissions[0].targets[0].actions[1] iam.error.invalidType",
    "permissions[0].targets[0].resourceNrns iam.error.invalidType",
    "permissions[0].targets[1] iam.error.invalidType",
])]
#[case::misspelt(targets(&json!([{ "product": "Server", "actions": ["View*"], "resourceNrn": ["*"] }])), &[
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrn iam.error.unknownField",
])]
fn shapes(#[case] body: Value, #[case] expected: &[&str]) {
    assert_eq!(brief(&report_of(&body)), expected);
}
