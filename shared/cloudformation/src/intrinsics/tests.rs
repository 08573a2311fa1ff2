use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use super::{IntrinsicError, Scope};

fn scope() -> Scope {
    let document = json!({
        "Parameters": {
            "Days": { "Type": "Number", "Default": 7 },
            "Stage": { "Type": "String", "Default": "prod" },
            "Zones": { "Type": "CommaDelimitedList", "Default": "a, b" },
            "Secret": { "Type": "String" },
        },
        "Mappings": { "Sizes": { "prod": { "memory": 512 } } },
        "Conditions": {
            "IsProd": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] },
            "IsTest": { "Fn::Not": [{ "Condition": "IsProd" }] },
            "Both": { "Fn::And": [{ "Condition": "IsProd" }, { "Condition": "IsTest" }] },
            "Either": { "Fn::Or": [{ "Condition": "IsProd" }, { "Condition": "IsTest" }] },
            "Endless": { "Condition": "Endless" },
        },
        "Resources": {
            "Jobs": { "Type": "AWS::DynamoDB::Table" },
            "Named": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": { "Fn::Sub": "${Stage}-jobs" } } },
            "Logs": { "Type": "AWS::S3::Bucket" },
            "Start": { "Type": "AWS::Serverless::Function" },
            "Failed": { "Type": "AWS::SQS::Queue" },
            "Alarm": { "Type": "AWS::CloudWatch::Alarm" },
            "Mirror": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": { "Ref": "Mirror" } } },
        },
    });
    Scope::new(&document, "eu-west-1", &BTreeMap::new())
}

#[rstest]
#[case(json!({ "Ref": "Days" }), json!("7"))]
#[case(json!({ "Ref": "Zones" }), json!(["a", "b"]))]
#[case(json!({ "Ref": "Jobs" }), json!("local-stack-Jobs"))]
#[case(json!({ "Ref": "Named" }), json!("prod-jobs"))]
#[case(json!({ "Ref": "Logs" }), json!("local-stack-logs"))]
#[case(json!({ "Ref": "Start" }), json!("Start"))]
#[case(json!({ "Ref": "AWS::AccountId" }), json!("111122223333"))]
#[case(json!({ "Fn::GetAtt": ["Jobs", "Arn"] }), json!("arn:aws:dynamodb:eu-west-1:111122223333:table/local-stack-Jobs"))]
#[case(json!({ "Fn::GetAtt": ["Logs", "Arn"] }), json!("arn:aws:s3:::local-stack-logs"))]
#[case(json!({ "Fn::GetAtt": ["Failed", "Arn"] }), json!("arn:aws:sqs:eu-west-1:111122223333:local-stack-Failed"))]
#[case(json!({ "Fn::Sub": "${Stage}/${Jobs}/${Logs.Arn}/${!Kept}" }), json!("prod/local-stack-Jobs/arn:aws:s3:::local-stack-logs/${Kept}"))]
#[case(json!({ "Fn::Sub": ["${Own}-${Stage}", { "Own": { "Ref": "Days" } }] }), json!("7-prod"))]
#[case(json!({ "Fn::If": ["IsTest", "yes", "no"] }), json!("no"))]
#[case(json!({ "Fn::If": ["Either", "yes", "no"] }), json!("yes"))]
#[case(json!({ "Fn::If": ["Both", "yes", "no"] }), json!("no"))]
#[case(json!({ "Fn::FindInMap": ["Sizes", { "Ref": "Stage" }, "memory"] }), json!(512))]
#[case(json!({ "Fn::Join": ["-", ["a", { "Ref": "Stage" }, 3]] }), json!("a-prod-3"))]
#[case(json!({ "Fn::Select": [1, { "Fn::Split": ["/", "x/y/z"] }] }), json!("y"))]
#[case(json!({ "a": { "Ref": "AWS::NoValue" }, "b": [{ "Ref": "AWS::NoValue" }, 1] }), json!({ "b": [1] }))]
#[case(json!({ "Ref": "Jobs", "other": 1 }), json!({ "Ref": "Jobs", "other": 1 }))]
fn functions_have_the_value_that_cloudformation_gives_them(#[case] expression: Value, #[case] value: Value) {
    assert_eq!(scope().resolve(&expression), Ok(value));
}

#[rstest]
#[case(json!({ "Ref": "Nothing" }), "`Nothing` is not defined in the template")]
#[case(json!({ "Ref": "Secret" }), "parameter `Secret` has no default: give one with `--parameter Secret=...`")]
#[case(json!({ "Fn::GetAtt": ["Alarm", "Arn"] }), "`Fn::GetAtt Alarm.Arn of AWS::CloudWatch::Alarm` is not supported by the local stack")]
#[case(json!({ "Fn::ImportValue": "x" }), "`Fn::ImportValue` is not supported by the local stack")]
#[case(json!({ "Fn::FindInMap": ["Sizes", "test", "memory"] }), "`Sizes.test.memory` is not defined in the template")]
#[case(json!({ "Fn::Join": "x" }), "`Fn::Join` has arguments of the wrong shape")]
#[case(json!({ "Fn::Sub": "${Open" }), "`Fn::Sub` has arguments of the wrong shape")]
fn what_has_no_value_is_named(#[case] expression: Value, #[case] message: &str) {
    assert_eq!(scope().resolve(&expression).unwrap_err().to_string(), message);
}

#[rstest]
#[case(json!({ "Ref": "Mirror" }))]
#[case(json!({ "Fn::If": ["Endless", 1, 2] }))]
fn a_template_that_refers_to_itself_is_refused(#[case] expression: Value) {
    assert!(matches!(
        scope().resolve(&expression),
        Err(IntrinsicError::Endless(_))
    ));
}

#[test]
fn a_given_parameter_goes_before_its_default() {
    let document = json!({ "Parameters": { "Stage": { "Default": "prod" } } });
    let given = BTreeMap::from([("Stage".to_owned(), "test".to_owned())]);
    let scope = Scope::new(&document, "eu-west-1", &given);
    assert_eq!(scope.resolve(&json!({ "Ref": "Stage" })), Ok(json!("test")));
}
