//! The operation `Invoke` of AWS Lambda, and invocations for which nobody waits.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode};

use super::text;
use crate::lambda::runtime::{InvokeError, LARGEST_PAYLOAD, Runtime};

/// Attempts of an asynchronous invocation after the first, as Lambda makes.
const ASYNCHRONOUS_RETRIES: u32 = 2;

/// Invokes a function for nobody who waits: failures are retried as Lambda does, then logged.
pub(super) fn invoke_later(runtime: &Arc<Runtime>, function: &str, event: Bytes) {
    let (runtime, function) = (Arc::clone(runtime), function.to_owned());
    tokio::spawn(async move {
        for _attempt in 0..=ASYNCHRONOUS_RETRIES {
            match runtime.invoke(&function, event.clone()).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(function, "`{function}` failed asynchronously: {error}"),
            }
        }
        tracing::error!(
            function,
            "gave up on an event for `{function}` after the last retry"
        );
    });
}

/// Returns the Lambda API's `Invoke`, so that functions without a route, or on a schedule, can be started by hand.
pub(super) async fn invoke(runtime: &Arc<Runtime>, name: &str, request: Request) -> Response<Body> {
    let asynchronous = request
        .headers()
        .get("x-amz-invocation-type")
        .is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"Event"));
    let Some(function) = runtime.find(name).map(str::to_owned) else {
        return text(StatusCode::NOT_FOUND, &format!("Function not found: {name}"));
    };
    let Ok(event) = to_bytes(request.into_body(), LARGEST_PAYLOAD).await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "the event is above 6 MB");
    };
    let event = if event.is_empty() {
        Bytes::from_static(b"{}")
    } else {
        event
    };
    if asynchronous {
        invoke_later(runtime, &function, event);
        return text(StatusCode::ACCEPTED, "");
    }
    let (answer, failed) = match runtime.invoke_unless_throttled(&function, event).await {
        Ok(answer) => (Body::from(answer), false),
        Err(error @ InvokeError::Throttled(_)) => return throttled(&error),
        Err(InvokeError::Failed(error)) => (Body::from(error), true),
        Err(error) => (
            Body::from(serde_json::json!({ "errorMessage": error.to_string() }).to_string()),
            true,
        ),
    };
    let mut response = Response::new(answer);
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    if failed {
        response
            .headers_mut()
            .insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    response
}

/// Makes the reply to a throttled invocation. Source: AWS Lambda API reference, `Invoke`, `TooManyRequestsException`.
fn throttled(error: &InvokeError) -> Response<Body> {
    let body = serde_json::json!({
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": error.to_string(),
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert(
        "x-amzn-errortype",
        HeaderValue::from_static("TooManyRequestsException"),
    );
    response
}
