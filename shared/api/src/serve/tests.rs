use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use rstest::rstest;
use serde_json::{Value, json};

use super::respond;
use crate::logs::captured;
use crate::policy_generation::Error;
use crate::{Reply, Request, unknown_operation};

/// Returns what is answered and what is logged.
fn outcome(handler: &impl AsyncFn(&(), Request) -> Result<Reply, Error>) -> (Reply, Vec<Value>) {
    let mut reply = None;
    let lines = captured(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::from_event(json!({}), Timestamp::UNIX_EPOCH);
        reply = Some(runtime.block_on(respond(&(), handler, request)));
    });
    (reply.unwrap(), lines)
}

fn internal() -> Result<Reply, Error> {
    let source = std::io::Error::other(std::fmt::Error);
    Err(Error::Internal {
        source: Box::new(source),
    })
}

#[test]
fn a_success_is_answered_and_not_logged() {
    let (reply, lines) = outcome(&async |(), _| Ok(Reply::created(&json!({ "jobId": "7" }))));
    assert_eq!((reply.code(), reply.body()), (201, r#"{"jobId":"7"}"#));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn a_fault_of_ours_is_logged_once_with_its_sources_and_answered_without() {
    let (reply, lines) = outcome(&async |(), _| internal());
    assert_eq!(reply.code(), 500);
    assert!(!reply.body().contains("formatting"), "{}", reply.body());
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["status"], 500);
    let cause = line["cause"].as_str().unwrap();
    assert!(
        cause.starts_with("internal failure: an error occurred when formatting"),
        "{cause}"
    );
}

#[test]
fn a_fault_of_the_caller_is_logged_once_at_info_level() {
    let (reply, lines) = outcome(&async |(), _| {
        Err(Error::AccessDenied {
            message: "no".to_owned(),
        })
    });
    assert_eq!(reply.code(), 403);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["level"], "INFO");
}

#[rstest]
#[case::keys_that_are_no_strings(Reply::ok(&BTreeMap::from([((1, 2), 3)])))]
#[case::header_of_two_lines(Reply::ok(&json!({})).with_header("x-a", "1\r\nx-b: 2"))]
#[case::header_without_a_name(Reply::ok(&json!({})).with_header("", "1"))]
#[case::body_beyond_the_limit_of_lambda(Reply::text(200, "text/csv", "a\n".repeat(2_200_000)))]
#[case::no_status(Reply::status(7, &json!({})))]
fn a_reply_that_cannot_be_sent_is_a_500(#[case] reply: Reply) {
    let reply = std::cell::RefCell::new(Some(reply));
    let (answer, lines) = outcome(&async |(), _| Ok(reply.take().unwrap()));
    assert_eq!(answer.code(), 500);
    assert_eq!(answer.header("x-amzn-errortype"), Some("InternalServerException"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["level"], "ERROR");
}

fn sent(reply: Reply) -> Value {
    serde_json::to_value(ApiGatewayProxyResponse::from(reply)).unwrap()
}

#[test]
fn an_unknown_operation_is_a_404_that_every_client_reads() {
    insta::assert_json_snapshot!(sent(unknown_operation("GET", "/nothing", &[])), @r##"
    {
      "body": "{\"error\":{\"code\":\"not_found\",\"details\":[\"The API has no operation with this path and method\"],\"errorCode\":\"300\",\"message\":\"Not Found Exception\",\"target\":null},\"message\":\"The API has no operation with this path and method\"}",
      "headers": {
        "content-type": "application/json",
        "x-amzn-errortype": "UnknownOperationException",
        "x-redlock-status": "[{\"i18nKey\":\"not_found\",\"severity\":\"error\",\"subject\":null}]"
      },
      "isBase64Encoded": false,
      "multiValueHeaders": {},
      "statusCode": 404
    }
"##);
}

#[test]
fn a_text_has_its_own_content_type() {
    let reply =
        Reply::text(200, "text/csv", "a,b\r\n").with_header("content-type", "text/csv; charset=utf-8");
    insta::assert_json_snapshot!(sent(reply), @r##"
    {
      "body": "a,b\r\n",
      "headers": {
        "content-type": "text/csv; charset=utf-8"
      },
      "isBase64Encoded": false,
      "multiValueHeaders": {},
      "statusCode": 200
    }
"##);
}

#[test]
fn an_empty_reply_has_an_empty_text() {
    insta::assert_json_snapshot!(sent(Reply::empty(204)), @r##"
    {
      "body": "",
      "headers": {
        "content-type": "application/json"
      },
      "isBase64Encoded": false,
      "multiValueHeaders": {},
      "statusCode": 204
    }
"##);
}

#[rstest]
#[case::json(r#"{"a":"b\\c"}"#)]
#[case::controls("\u{0}\u{8}\t\n\u{b}\u{c}\r\u{1f} \u{7f}")]
#[case::beyond_ascii("ä\u{2028}😀")]
fn the_length_of_a_body_is_that_of_its_json_string(#[case] body: &str) {
    let string = serde_json::to_string(body).unwrap();
    assert_eq!(crate::reply::length_in_json(body.as_bytes()), string.len() - 2);
}
