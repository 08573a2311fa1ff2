use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Parameter, ParameterError, Request, Unidentified};

const NOW: Timestamp = Timestamp::constant(1_767_225_600, 123_000_000);

fn request(event: Value) -> Request {
    Request::from_event(event, NOW)
}

/// Returns the documented event of a REST API with IAM authorisation, with what this API does not read.
fn signed() -> Value {
    json!({
        "resource": "/policy/generation/{jobId}",
        "path": "/policy/generation/a%2Fb",
        "httpMethod": "GET",
        "headers": { "Content-Type": "text/plain", "X-Twice": "2" },
        "multiValueHeaders": { "Content-Type": ["text/plain"], "X-Twice": ["1", "2"] },
        "queryStringParameters": { "tagKeys": "b", "maxResults": "5", "empty": "" },
        "multiValueQueryStringParameters": { "tagKeys": ["a", "b"], "maxResults": ["5"], "empty": [""] },
        "pathParameters": { "jobId": "a%2Fb+%C3%A4%252F" },
        "stageVariables": null,
        "requestContext": {
            "resourceId": "a1b2c3",
            "accountId": "999999999999",
            "stage": "prod",
            "requestId": "4f0b5d1e",
            "identity": {
                "accountId": "111122223333",
                "userArn": "arn:aws:iam::111122223333:user/ada",
                "sourceIp": "203.0.113.7",
            },
        },
        "body": "{\"a\":1}",
        "isBase64Encoded": false,
    })
}

#[test]
fn a_request_is_read_from_the_event_of_a_rest_api() {
    let request = request(signed());
    assert_eq!(request.tenant().unwrap().as_str(), "111122223333");
    assert_eq!(request.request_id(), "4f0b5d1e");
    assert_eq!(request.body(), br#"{"a":1}"#);
    assert_eq!(request.received_at(), NOW);
    assert_eq!(request.header("content-TYPE"), Some("text/plain"));
    assert_eq!(request.header("x-twice"), Some("1"));
    assert_eq!(request.header("accept"), None);
}

#[rstest]
#[case::nothing(json!({}))]
#[case::not_even_an_object(json!(null))]
#[case::nulls(json!({
    "headers": null, "multiValueHeaders": null, "queryStringParameters": null,
    "multiValueQueryStringParameters": null, "pathParameters": null, "requestContext": null, "body": null,
    "isBase64Encoded": null,
}))]
#[case::nulls_within(json!({
    "headers": { "A": null }, "multiValueHeaders": { "A": [null] }, "queryStringParameters": { "a": null },
    "multiValueQueryStringParameters": { "a": null }, "pathParameters": { "a": null },
    "requestContext": { "identity": { "accountId": null }, "requestId": null },
}))]
#[case::other_types(json!({
    "headers": 1, "multiValueHeaders": "x", "queryStringParameters": [], "pathParameters": { "a": 1 },
    "requestContext": { "identity": { "accountId": 111_122_223_333_u64 } }, "body": { "a": 1 },
    "isBase64Encoded": "true",
}))]
fn what_an_event_lacks_is_absent(#[case] event: Value) {
    let request = request(event);
    assert_eq!(request.tenant(), Err(Unidentified));
    assert_eq!(request.request_id(), "");
    assert_eq!(request.body(), b"");
    assert_eq!(request.header("a"), None);
    assert_eq!(request.query("a"), Ok(None));
    assert_eq!(request.path("a").unwrap_err().problem, Parameter::Missing);
}

#[rstest]
#[case::encoded("aGVsbG8=", true, b"hello")]
#[case::not_text("/wA=", true, &[0xFF, 0])]
#[case::not_encoded("aGVsbG8=", false, b"aGVsbG8=")]
#[case::wrongly_encoded("{}", true, b"{}")]
fn a_body_is_decoded_when_the_gateway_says_so(
    #[case] body: &str,
    #[case] is_encoded: bool,
    #[case] expected: &[u8],
) {
    let request = request(json!({ "body": body, "isBase64Encoded": is_encoded }));
    assert_eq!(request.body(), expected);
}

#[test]
fn a_path_parameter_is_decoded_once() {
    assert_eq!(request(signed()).path("jobId").unwrap(), "a/b+ä%2F");
}

#[rstest]
#[case::empty("", Parameter::Missing)]
#[case::cut_off("a%", Parameter::Malformed)]
#[case::one_digit("a%2", Parameter::Malformed)]
#[case::no_digits("%zz", Parameter::Malformed)]
#[case::sign_for_a_digit("%+1", Parameter::Malformed)]
#[case::wide_character("%2é", Parameter::Malformed)]
#[case::not_utf_8("%FF", Parameter::Malformed)]
fn a_path_parameter_in_a_wrong_encoding_is_refused(#[case] value: &str, #[case] problem: Parameter) {
    let name = "jobId".to_owned();
    let request = request(json!({ "pathParameters": { "jobId": value } }));
    assert_eq!(request.path("jobId"), Err(ParameterError { name, problem }));
}

#[test]
fn a_query_parameter_has_one_value_unless_asked_for_all() {
    let request = request(signed());
    assert_eq!(request.query("maxResults"), Ok(Some("5")));
    assert_eq!(request.query("empty"), Ok(Some("")));
    assert_eq!(request.query("MaxResults"), Ok(None));
    assert_eq!(request.query("tagKeys").unwrap_err().problem, Parameter::Repeated);
    assert_eq!(request.query_all("tagKeys").collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn single_values_do_where_a_gateway_sends_no_lists() {
    let request = request(json!({
        "headers": { "X-A": "1" }, "queryStringParameters": { "a": "2" }, "multiValueHeaders": {},
    }));
    assert_eq!(request.header("x-a"), Some("1"));
    assert_eq!(request.query("a"), Ok(Some("2")));
}

fn with_credential(credential: &str) -> Value {
    let header = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
    json!({ "headers": { "Authorization": header }, "requestContext": { "identity": { "accountId": null } } })
}

#[rstest]
#[case::account("444455556666/20260101/us-east-1/execute-api/aws4_request", "444455556666")]
#[case::key("AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request", "111122223333")]
#[case::nonsense("", "111122223333")]
fn a_claimed_account_counts_on_the_local_stack_only(#[case] credential: &str, #[case] expected: &str) {
    let event = with_credential(credential);
    let local = request(event.clone()).on_local_stack();
    assert_eq!(local.tenant().unwrap().as_str(), expected);
    assert_eq!(request(event).tenant(), Err(Unidentified));
}

#[test]
fn a_verified_account_counts_before_a_claimed_one() {
    let mut event = with_credential("444455556666/20260101");
    event["requestContext"]["identity"]["accountId"] = json!("111122223333");
    let tenant = request(event).on_local_stack().tenant();
    assert_eq!(tenant.unwrap().as_str(), "111122223333");
}

#[rstest]
#[case::owner_of_the_api(json!({ "accountId": "999999999999", "identity": {} }))]
#[case::no_account(json!({ "identity": { "accountId": "anonymous" } }))]
#[case::empty(json!({ "identity": { "accountId": "" } }))]
fn nobody_but_the_caller_is_the_tenant(#[case] context: Value) {
    let request = request(json!({ "requestContext": context }));
    assert_eq!(request.tenant(), Err(Unidentified));
}

#[test]
fn minted_ids_differ_and_carry_the_time_of_the_request() {
    let request = request(json!({}));
    let (one, other) = (request.mint(), request.mint());
    assert_ne!(one, other);
    assert_eq!(one.get_version_num(), 7);
    assert_eq!(
        one.get_timestamp().unwrap().to_unix(),
        (1_767_225_600, 123_000_000)
    );
}

#[test]
fn ids_can_be_minted_before_1970() {
    let request = Request::from_event(json!({}), Timestamp::MIN);
    assert_eq!(request.mint().get_timestamp().unwrap().to_unix(), (0, 0));
}

#[test]
fn debugging_output_holds_no_secrets() {
    let mut event = with_credential("444455556666/20260101");
    event["body"] = json!("secret");
    let text = format!("{:?}", request(event));
    assert!(!text.contains("secret") && !text.contains("4444"), "{text}");
}

#[rstest]
#[case::authorizer_alone(json!({ "authorizer": { "account": "444455556666" }, "identity": { "accountId": null } }), Ok("444455556666"))]
#[case::authorizer_before_identity(json!({ "authorizer": { "account": "444455556666" }, "identity": { "accountId": "111122223333" } }), Ok("444455556666"))]
#[case::authorizer_without_account(json!({ "authorizer": { "principalId": "k" }, "identity": { "accountId": "111122223333" } }), Err(Unidentified))]
#[case::no_account(json!({ "authorizer": { "account": "me" } }), Err(Unidentified))]
#[case::no_text(json!({ "authorizer": { "account": 111_122_223_333_u64 } }), Err(Unidentified))]
#[case::not_an_object(json!({ "authorizer": "444455556666" }), Err(Unidentified))]
#[case::no_authorizer(json!({ "authorizer": null, "identity": { "accountId": "111122223333" } }), Ok("111122223333"))]
fn behind_an_authorizer_its_account_is_the_tenant(
    #[case] context: Value,
    #[case] tenant: Result<&str, Unidentified>,
) {
    let event = json!({ "requestContext": context });
    let tenant = tenant.map(str::to_owned);
    let found = |request: Request| request.tenant().map(|account| account.as_str().to_owned());
    assert_eq!(found(request(event.clone())), tenant);
    assert_eq!(
        found(request(event).on_local_stack()),
        tenant,
        "the local stack claims nothing here"
    );
}
