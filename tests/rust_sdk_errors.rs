//! Holds what the Rust SDK makes of answers that are not the plain one of an operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_iotsitewise::config::http::{HttpRequest, HttpResponse};
use aws_sdk_iotsitewise::config::retry::RetryConfig;
use aws_sdk_iotsitewise::error::ProvideErrorMetadata;
use aws_sdk_iotsitewise::operation::describe_portal::DescribePortalError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::rust_sdk::client_through;

/// Replies the same to every request, and counts.
#[derive(Debug, Clone)]
struct Answers {
    status: u16,
    name: &'static str,
    count: Arc<AtomicU32>,
}

impl HttpConnector for Answers {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.count.fetch_add(1, Ordering::Relaxed);
        let body = SdkBody::from(r#"{"message":"a reason"}"#);
        let mut response = HttpResponse::new(StatusCode::try_from(self.status).unwrap(), body);
        response.headers_mut().insert("x-amzn-errortype", self.name);
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Returns the error of a call, and how often it was sent.
async fn asked(status: u16, name: &'static str) -> (DescribePortalError, u32) {
    let count = Arc::new(AtomicU32::new(0));
    let answers = Answers {
        status,
        name,
        count: Arc::clone(&count),
    };
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let client = client_through(answers, retries);
    let id = "11111111-1111-4111-8111-111111111111";
    let error = client.describe_portal().portal_id(id).send().await.unwrap_err();
    (error.into_service_error(), count.load(Ordering::Relaxed))
}

#[tokio::test]
async fn errors_of_the_gateway_keep_their_name_and_reason() {
    for (status, name) in [
        (403, "AccessDeniedException"),
        (403, "MissingAuthenticationTokenException"),
        (403, "InvalidSignatureException"),
        (413, "RequestTooLargeException"),
    ] {
        let (error, _) = asked(status, name).await;
        assert_eq!((error.code(), error.message()), (Some(name), Some("a reason")));
        let is_typed = error.is_resource_not_found_exception()
            || error.is_invalid_request_exception()
            || error.is_throttling_exception()
            || error.is_internal_failure_exception();
        assert!(!is_typed, "{error:?}");
    }
}

#[tokio::test]
async fn what_may_pass_is_sent_again() {
    for (status, name, attempts) in [
        (429, "ThrottlingException", 3),
        (500, "InternalFailureException", 3),
        (410, "LimitExceededException", 3),
        (409, "ConflictingOperationException", 1),
        (404, "ResourceNotFoundException", 1),
        (400, "InvalidRequestException", 1),
    ] {
        let (error, count) = asked(status, name).await;
        assert_eq!((error.code(), count), (Some(name), attempts));
    }
}
