//! The Lambda Runtime API: what a process asks for and how it answers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};

use super::{InvokeError, LARGEST_PAYLOAD, Runtime, lock};

/// Returns the Lambda Runtime API of all processes.
pub(crate) fn api(runtime: Arc<Runtime>) -> Router {
    const BASE: &str = "/{function}/{instance}/2018-06-01/runtime";
    Router::new()
        .route(&format!("{BASE}/invocation/next"), get(next))
        .route(&format!("{BASE}/invocation/{{id}}/response"), post(respond))
        .route(&format!("{BASE}/invocation/{{id}}/error"), post(fail))
        .route(&format!("{BASE}/init/error"), post(fail_init))
        .layer(DefaultBodyLimit::disable())
        .with_state(runtime)
}

async fn next(
    State(runtime): State<Arc<Runtime>>,
    Path((_, instance)): Path<(String, u64)>,
) -> Response<Body> {
    let Some(mailbox) = runtime.mailbox(instance) else {
        return empty(StatusCode::GONE);
    };
    let Some(invocation) = mailbox.events.lock().await.recv().await else {
        return empty(StatusCode::GONE);
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &invocation.id)
        .header("lambda-runtime-deadline-ms", invocation.deadline)
        .header("lambda-runtime-invoked-function-arn", &mailbox.function_arn)
        .header(
            "lambda-runtime-trace-id",
            format!(
                "Root=1-{:08x}-{:024x};Sampled=0",
                invocation.deadline / 1000,
                instance
            ),
        )
        .body(Body::from(invocation.event));
    *lock(&mailbox.running) = Some((invocation.id, invocation.answer));
    response.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn respond(
    State(runtime): State<Arc<Runtime>>,
    Path((_, instance, id)): Path<(String, u64, String)>,
    body: Bytes,
) -> Response<Body> {
    let size = body.len();
    let outcome = if size > LARGEST_PAYLOAD {
        Err(InvokeError::TooLarge(size))
    } else {
        Ok(body)
    };
    runtime.settle(instance, &id, outcome)
}

async fn fail(
    State(runtime): State<Arc<Runtime>>,
    Path((_, instance, id)): Path<(String, u64, String)>,
    body: Bytes,
) -> Response<Body> {
    runtime.settle(
        instance,
        &id,
        Err(InvokeError::Failed(String::from_utf8_lossy(&body).into_owned())),
    )
}

async fn fail_init(
    Path((function, _)): Path<(String, u64)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let kind = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|value| value.to_str().ok());
    let text = String::from_utf8_lossy(&body);
    tracing::error!(
        function,
        error.kind = kind,
        "`{function}` failed to start: {text}"
    );
    empty(StatusCode::ACCEPTED)
}

impl Runtime {
    fn settle(&self, instance: u64, id: &str, outcome: Result<Bytes, InvokeError>) -> Response<Body> {
        let Some(mailbox) = self.mailbox(instance) else {
            return empty(StatusCode::GONE);
        };
        let running = lock(&mailbox.running).take_if(|(running, _)| running == id);
        match running {
            // Nobody waits any more when the caller's time is over; the reply is lost, as in Lambda.
            Some((_, answer)) => {
                let _too_late = answer.send(outcome).is_err();
                empty(StatusCode::ACCEPTED)
            }
            None => empty(StatusCode::BAD_REQUEST),
        }
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
