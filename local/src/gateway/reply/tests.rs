use rstest::rstest;
use serde_json::{Value, json};

use super::{Reply, ReplyError};

fn parse(answer: &Value) -> Result<Reply, ReplyError> {
    Reply::parse(answer.to_string().as_bytes())
}

fn headers(reply: &Reply) -> Vec<(&str, &str)> {
    reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect()
}

#[test]
fn headers_of_both_kinds_are_sent_and_some_are_renamed() {
    let reply = parse(&json!({
        "statusCode": 201,
        "headers": { "Content-Type": "text/plain", "X-Number": 3, "Date": "now", "X-Many": "two" },
        "multiValueHeaders": { "X-Many": ["one", "two"] },
        "body": "aGk=",
        "isBase64Encoded": true,
    }))
    .unwrap();
    assert_eq!(
        (reply.status.as_u16(), reply.body.as_slice()),
        (201, b"hi".as_slice())
    );
    assert_eq!(
        headers(&reply),
        [
            ("x-many", "one"),
            ("x-many", "two"),
            ("content-type", "text/plain"),
            ("x-amzn-remapped-date", "now"),
            ("x-number", "3"),
        ]
    );
}

#[test]
fn an_answer_of_a_status_alone_is_enough() {
    let reply = parse(&json!({ "statusCode": 204, "headers": null, "body": null })).unwrap();
    assert_eq!(reply.body, b"");
    assert_eq!(headers(&reply), [("content-type", "application/json")]);
}

#[rstest]
#[case(json!({ "body": "x" }), "statusCode")]
#[case(json!({ "statusCode": "200" }), "statusCode")]
#[case(json!({ "statusCode": 20000 }), "statusCode")]
#[case(json!({ "statusCode": 200, "body": { "a": 1 } }), "body")]
#[case(json!({ "statusCode": 200, "headers": ["a"] }), "headers")]
#[case(json!({ "statusCode": 200, "headers": { "a b": "c" } }), "headers")]
#[case(json!({ "statusCode": 200, "headers": { "a": "b\nc" } }), "headers")]
#[case(json!({ "statusCode": 200, "multiValueHeaders": { "a": "b" } }), "multiValueHeaders")]
#[case(json!({ "statusCode": 200, "isBase64Encoded": "yes" }), "isBase64Encoded")]
fn a_malformed_answer_is_named(#[case] answer: Value, #[case] member: &'static str) {
    assert_eq!(parse(&answer), Err(ReplyError::Member(member)));
}

#[rstest]
#[case(b"".as_slice())]
#[case(b"not json".as_slice())]
#[case(br#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#.as_slice())]
fn bytes_that_cannot_be_read_are_no_answer(#[case] answer: &[u8]) {
    assert!(matches!(Reply::parse(answer), Err(ReplyError::Syntax(_))));
}
