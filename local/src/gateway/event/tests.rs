use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Identity, Request, proxy_event};
use crate::gateway::routes::{Route, find};

fn event(
    uri: &str,
    headers: &[(&'static str, &'static str)],
    body: &'static [u8],
    identity: Identity,
) -> Value {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    let routes = [Route::new("ANY", "/jobs/{id}", "Job")];
    let uri = uri.parse().unwrap();
    let body = Bytes::from_static(body);
    let request = Request {
        method: &Method::PUT,
        uri: &uri,
        headers: &headers,
        body: &body,
        source_ip: "127.0.0.1",
        id: "7",
        at: 1_767_225_600_000,
    };
    let matched = find(&routes, "PUT", uri.path()).unwrap();
    proxy_event(&request, &matched, identity)
}

const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=444455556666/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0",
);

#[test]
fn a_request_is_the_event_of_a_rest_api() {
    let headers = [("host", "localhost"), ("x-a", "1"), ("x-a", "2"), SIGNED];
    let event = event(
        "/jobs/a%2Fb?q=x%20y+z&q=2&flag",
        &headers,
        b"{}",
        Identity::Claimed,
    );
    insta::assert_json_snapshot!(event);
}

#[test]
fn what_is_missing_is_null() {
    let event = event("/jobs/7", &[], b"", Identity::Claimed);
    for member in [
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "body",
    ] {
        assert_eq!(event[member], Value::Null, "{member}");
    }
}

#[test]
fn bytes_that_are_no_text_are_base64() {
    let event = event("/jobs/7", &[], b"\xff\xfe", Identity::Claimed);
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("//4="), &json!(true))
    );
}

#[rstest]
#[case(&[SIGNED], "/jobs/7", json!("444455556666"))]
#[case(&[], "/jobs/7?X-Amz-Credential=444455556666%2F20260101%2Fus-east-1", json!("444455556666"))]
#[case(&[("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1")], "/jobs/7", json!("111122223333"))]
#[case(&[("authorization", "Bearer 444455556666")], "/jobs/7", json!("111122223333"))]
#[case(&[], "/jobs/7", json!("111122223333"))]
fn the_account_is_the_access_key_of_twelve_digits(
    #[case] headers: &[(&'static str, &'static str)],
    #[case] uri: &str,
    #[case] account: Value,
) {
    let identity = |identity| event(uri, headers, b"", identity)["requestContext"]["identity"].clone();
    assert_eq!(identity(Identity::Claimed)["accountId"], account);
    assert_eq!(identity(Identity::Absent)["accountId"], Value::Null);
    assert_eq!(identity(Identity::Absent)["userArn"], Value::Null);
}

#[test]
fn a_signature_is_not_passed_on_but_another_authorization_is() {
    let passed =
        |header| event("/jobs/7", &[header], b"", Identity::Claimed)["headers"]["authorization"].clone();
    assert_eq!(passed(SIGNED), Value::Null);
    assert_eq!(passed(("authorization", "Bearer x")), json!("Bearer x"));
}
