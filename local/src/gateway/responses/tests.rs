use rstest::rstest;
use serde_json::json;

use super::{GatewayResponses, Refusal};

#[rstest]
#[case(Refusal::UnknownRoute, 403, r#"{"message":"Missing Authentication Token"}"#)]
#[case(Refusal::TooLarge, 413, r#"{"message":"Request Too Long"}"#)]
#[case(Refusal::FunctionFailed, 502, r#"{"message":"Internal server error"}"#)]
#[case(Refusal::TimedOut, 504, r#"{"message":"Endpoint request timed out"}"#)]
fn without_a_template_the_reply_is_that_of_api_gateway(
    #[case] refusal: Refusal,
    #[case] status: u16,
    #[case] body: &str,
) {
    let reply = GatewayResponses::default().reply(refusal, "id");
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (status, body));
}

#[test]
fn a_class_has_one_template_and_a_type_may_have_its_own() {
    let mut responses = GatewayResponses::default();
    let body = |text: &str| json!({ "ResponseTemplates": { "application/json": text } });
    responses.declare(
        "DEFAULT_4XX",
        &body("$context.error.responseType: $context.error.message"),
    );
    responses.declare("REQUEST_TOO_LARGE", &body("[$context.error.messageString]"));
    let text = |refusal| responses.reply(refusal, "id").body;
    assert_eq!(
        text(Refusal::UnknownRoute),
        "MISSING_AUTHENTICATION_TOKEN: Missing Authentication Token"
    );
    assert_eq!(text(Refusal::TooLarge), "[\"Request Too Long\"]");
    assert_eq!(
        text(Refusal::FunctionFailed),
        r#"{"message":"Internal server error"}"#
    );
}

#[rstest]
#[case(json!({ "StatusCode": 404, "ResponseParameters": { "Headers": { "X-A": "'b'" } } }))]
#[case(json!({ "StatusCode": "404", "ResponseParameters": { "gatewayresponse.header.X-A": "'b'" } }))]
fn status_and_headers_of_both_forms_are_used(#[case] declared: serde_json::Value) {
    let mut responses = GatewayResponses::default();
    responses.declare("MISSING_AUTHENTICATION_TOKEN", &declared);
    let reply = responses.reply(Refusal::UnknownRoute, "id");
    assert_eq!(reply.status.as_u16(), 404);
    assert!(reply.headers.contains(&("X-A".to_owned(), "b".to_owned())));
}
