use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Authorization, Authorizer, AuthorizerReplies, Verdict, event, is_refusal, judge};

const ARN: &str = "arn:aws:execute-api:us-east-1:111122223333:local/local/POST/door/login";

fn authorizer(seconds: u64) -> Authorizer {
    let declared = json!({
        "FunctionPayloadType": "REQUEST",
        "FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:Decide",
        "Identity": { "Headers": ["X-Token", "x-time"], "ReauthorizeEvery": seconds },
    });
    Authorizer::read(&declared).unwrap()
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

#[test]
fn an_authorizer_is_read_as_sam_declares_it() {
    assert_eq!(authorizer(60).keep, Duration::from_mins(1));
    let token = json!({ "FunctionArn": "f", "Identity": { "Headers": ["a"] } });
    assert_eq!(
        Authorizer::read(&token),
        None,
        "the other type is not served here"
    );
}

#[rstest]
#[case::both(&[("x-token", "t"), ("x-time", "1")], Some(vec!["t", "1"]))]
#[case::one_missing(&[("x-token", "t")], None)]
#[case::one_empty(&[("x-token", ""), ("x-time", "1")], None)]
fn a_caller_is_identified_by_all_headers(
    #[case] pairs: &[(&'static str, &'static str)],
    #[case] identity: Option<Vec<&str>>,
) {
    let identity = identity.map(|values| values.into_iter().map(str::to_owned).collect());
    assert_eq!(authorizer(60).identity(&headers(pairs)), identity);
}

#[rstest]
#[case(None, &Authorization::Iam)]
#[case(Some("AWS_IAM"), &Authorization::Iam)]
#[case(Some("NONE"), &Authorization::Open)]
#[case(Some("Token"), &Authorization::Lambda("Token".to_owned()))]
fn a_method_is_authorized_as_its_event_says(#[case] name: Option<&str>, #[case] expected: &Authorization) {
    assert_eq!(Authorization::named(name), *expected);
}

#[test]
fn a_reply_is_kept_for_the_same_caller_and_for_its_time() {
    let replies = AuthorizerReplies::default();
    let (now, reply) = (Instant::now(), Bytes::from_static(b"reply"));
    let caller = vec!["t".to_owned(), "1".to_owned()];
    replies.keep("A", &authorizer(60), caller.clone(), &reply, now);
    let later = |seconds| now + Duration::from_secs(seconds);
    assert_eq!(replies.find("A", &caller, later(59)), Some(reply.clone()));
    assert_eq!(replies.find("A", &caller, later(60)), None);
    assert_eq!(replies.find("B", &caller, now), None);
    assert_eq!(replies.find("A", &["t".to_owned(), "2".to_owned()], now), None);
    replies.keep("B", &authorizer(0), caller.clone(), &reply, now);
    assert_eq!(replies.find("B", &caller, now), None, "kept for no time at all");
}

#[test]
fn the_event_has_the_request_and_the_method_and_no_body() {
    let proxy = json!({ "path": "/a", "body": "secret", "isBase64Encoded": false });
    let event = event(proxy, ARN);
    assert_eq!(
        event,
        json!({ "type": "REQUEST", "methodArn": ARN, "path": "/a" })
    );
}

#[rstest]
#[case::refusal(r#"{"errorType":"Unauthorized","errorMessage":"Unauthorized"}"#, true)]
#[case::other(r#"{"errorType":"Unauthorized","errorMessage":"unauthorized"}"#, false)]
#[case::no_json("Unauthorized", false)]
fn one_message_is_a_401(#[case] error: &str, #[case] is_401: bool) {
    assert_eq!(is_refusal(error), is_401);
}

fn policy(effect: &str, resource: &Value) -> Vec<u8> {
    json!({
        "principalId": "key",
        "policyDocument": { "Statement": [{ "Effect": effect, "Resource": resource }] },
        "context": { "account": "111122223333", "number": 7, "flag": true },
    })
    .to_string()
    .into_bytes()
}

#[rstest]
#[case::exactly("Allow", json!(ARN), true)]
#[case::below("Allow", json!("arn:aws:execute-api:us-east-1:111122223333:local/local/*/door/*"), true)]
#[case::one_of("Allow", json!(["x", "arn:*"]), true)]
#[case::question_mark("Allow", json!("arn:aws:execute-api:us-east-?:*:local/local/POST/door/logi?"), true)]
#[case::other_method("Allow", json!("arn:aws:execute-api:us-east-1:111122223333:local/local/GET/door/login"), false)]
#[case::other_door("Allow", json!("arn:aws:execute-api:us-east-1:111122223333:local/local/*/gate/*"), false)]
#[case::denied("Deny", json!("*"), false)]
fn the_policy_decides_for_the_method(
    #[case] effect: &str,
    #[case] resource: Value,
    #[case] is_allowed: bool,
) {
    let expected = if is_allowed {
        let context = json!({
            "account": "111122223333", "number": "7", "flag": "true", "principalId": "key",
            "integrationLatency": 0,
        });
        Verdict::Allowed(context)
    } else {
        Verdict::Denied
    };
    assert_eq!(judge(&policy(effect, &resource), ARN), Some(expected));
}

#[rstest]
#[case::no_json("x")]
#[case::no_principal(r#"{"policyDocument":{"Statement":[]}}"#)]
#[case::no_policy(r#"{"principalId":"k"}"#)]
fn an_answer_that_is_not_understood_is_an_error(#[case] reply: &str) {
    assert_eq!(judge(reply.as_bytes(), ARN), None);
}

#[test]
fn a_context_holds_scalars_only() {
    let reply = json!({
        "principalId": "k",
        "policyDocument": { "Statement": [{ "Effect": "Allow", "Resource": "*" }] },
        "context": { "list": [] },
    });
    assert_eq!(judge(reply.to_string().as_bytes(), ARN), None);
}
