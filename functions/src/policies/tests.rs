use api::policies::Error;
use api::{Failure, Reply, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::validate;

fn request(body: &str, query: &Value) -> Request {
    let event = json!({
        "body": body,
        "queryStringParameters": query,
        "requestContext": { "identity": { "accountId": "111122223333" } },
    });
    Request::from_event(event, Timestamp::UNIX_EPOCH)
}

async fn validated(body: &str, query: Value) -> Result<Reply, Error> {
    validate::handle(&(), request(body, &query)).await
}

const GOOD: &str = r#"{"policyName":"policy-test","description":"policy test ","permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}]}]}"#;

#[tokio::test]
async fn a_valid_policy_is_told_so_in_a_flat_answer() {
    let reply = validated(GOOD, Value::Null).await.unwrap();
    assert_eq!(
        (reply.code(), reply.body()),
        (200, r#"{"success":true,"details":[]}"#)
    );
}

#[tokio::test]
async fn findings_are_written_in_the_order_of_the_published_example() {
    let body = format!(r#"{{"policyName":"{}","description":"x"}}"#, "a".repeat(31));
    let reply = validated(&body, Value::Null).await.unwrap();
    insta::assert_snapshot!(reply.body(), @r#"{"success":false,"details":[{"type":"ERROR","code":"iam.policy.invalidName.length.max","location":"policyName","message":"Policy name field must be less than 30 characters."},{"type":"ERROR","code":"iam.error.requiredFieldIsMissing","location":"permissions","message":"The required value is missing."}]}"#);
}

#[tokio::test]
async fn remarks_are_made_when_asked_for() {
    let reply = validated(GOOD, json!({ "includeInfo": "true" })).await.unwrap();
    assert!(
        reply.body().contains("iam.policy.info.nrnNormalised"),
        "{}",
        reply.body()
    );
    let error = validated(GOOD, json!({ "includeInfo": "yes" }))
        .await
        .unwrap_err();
    assert_eq!(error.reply().code(), 400);
}

#[tokio::test]
async fn what_is_no_policy_at_all_is_refused_with_its_place() {
    let error = validated("{\n\"a\":}", Value::Null).await.unwrap_err();
    insta::assert_snapshot!(error.reply().body(), @r#"{"error":{"errorCode":"100","message":"Bad Request Exception","details":"expected value at line 2, column 5"}}"#);
}

#[tokio::test]
async fn a_body_may_hold_a_mebibyte() {
    let blank = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
    assert!(validated(&blank(1024 * 1024), Value::Null).await.is_ok());
    let error = validated(&blank(1024 * 1024 + 1), Value::Null).await.unwrap_err();
    assert_eq!(error.reply().code(), 413);
}
