//! The loop of a function that answers requests.

use std::convert::Infallible;
use std::panic::Location;

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use tracing::Instrument;

use crate::clock::now;
use crate::failure::Failure;
use crate::invocation::{Operation, Outcome, Subject};
use crate::logs;
use crate::panics::PanicReply;
use crate::reply::Reply;
use crate::request::{Identity, Request};

/// Answers requests with `handler` until Lambda stops the function.
///
/// Sets up logging; each request leaves one line, under the name of the file that calls this. `state` is what a binary builds once and every request borrows. A handler that fails or panics
/// is answered in the form of its family; nothing that a handler does makes the invocation fail.
///
/// # Errors
/// The Lambda Runtime API cannot be reached or refuses to be asked.
///
/// # Panics
/// Outside of Lambda, whose environment variables the runtime wants.
#[track_caller]
pub fn serve<S, E: Failure>(
    state: S,
    handler: impl AsyncFn(&S, Request) -> Result<Reply, E>,
) -> impl Future<Output = Result<(), Error>> {
    run(Operation::at(Location::caller()), state, handler)
}

async fn run<S, E: Failure>(
    operation: Operation,
    state: S,
    handler: impl AsyncFn(&S, Request) -> Result<Reply, E>,
) -> Result<(), Error> {
    logs::start();
    let identity = identity_from_environment();
    let on_panic = after_panic::<E>();
    let (operation, state, handler, on_panic) =
        (operation.for_all_invocations(), &state, &handler, &on_panic);
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let request = Request::from_event(event.payload, now()).identified_by(identity);
        // This span replaces the runtime's own span, and has the level `error`: a span below the level of `RUST_LOG` is not
        // written, and the ids would be missing from the lines where they are needed most.
        let span = tracing::error_span!(
            "request",
            request_id = request.request_id(),
            invocation_id = event.context.request_id,
        );
        let (id, subject) = (event.context.request_id, Subject::of(&request));
        let work = respond(state, handler, request).instrument(span);
        let status = |reply: &Reply, _: &mut Subject| (Outcome::of_status(reply.code()), Some(reply.code()));
        let reply = operation
            .invoked(&id, subject, on_panic.clone(), work, status)
            .await;
        Ok::<ApiGatewayProxyResponse, Infallible>(reply.into())
    });
    Runtime::new(service).run().await
}

/// Reads the identity from the environment. `sam local` and `make run` set the variable, the template never does.
fn identity_from_environment() -> Identity {
    #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
    let is_local = std::env::var("AWS_SAM_LOCAL").is_ok_and(|value| value == "true");
    if is_local {
        Identity::Claimed
    } else {
        Identity::Verified
    }
}

/// Returns one answer to one request; the only place that logs a failure of a request.
pub(crate) async fn respond<S, E: Failure>(
    state: &S,
    handler: &impl AsyncFn(&S, Request) -> Result<Reply, E>,
    request: Request,
) -> Reply {
    // The future is boxed, because an operation's future nests that of its SDK calls, and as a part of the runtime's own it would
    // be deeper than the compiler follows.
    let outcome = Box::pin(async { handler(state, request).await }).await;
    let failure = match outcome.map(Reply::checked) {
        Ok(Ok(reply)) => return reply,
        Ok(Err(fault)) => E::unexpected(fault),
        Err(failure) => failure,
    };
    let reply = sendable(failure.reply());
    let (status, cause) = (reply.code(), logs::chain(&failure));
    if status >= 500 {
        tracing::error!(status, cause, "answered {status}: {failure}");
    } else {
        tracing::info!(status, "answered {status}: {failure}");
    }
    reply
}

/// Returns the family's reply to a request whose handler panics.
fn after_panic<E: Failure>() -> PanicReply {
    let reply = sendable(E::unexpected("the handler panicked".into()).reply());
    let status = reply.code();
    PanicReply::response(&ApiGatewayProxyResponse::from(reply), Some(status))
}

/// Returns an error that cannot be written down is an empty 500: there is no other form left.
fn sendable(reply: Reply) -> Reply {
    reply.checked().unwrap_or_else(|fault| {
        tracing::error!(
            cause = logs::chain(&*fault),
            "an error's own reply cannot be sent"
        );
        Reply::empty(500)
    })
}

#[cfg(test)]
mod tests;
