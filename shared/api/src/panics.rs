//! Panics of handlers, which must not end in the bare 502 that a failed invocation is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// A handler has panicked; the panic hook has logged where.
#[derive(Debug, thiserror::Error)]
#[error("the handler panicked")]
pub(crate) struct Panicked;

/// Returns the outcome of a future, unless it panics.
///
/// Boxed: an operation's future nests that of its SDK calls, and as a part of the runtime's own it would be deeper
/// than the compiler follows.
///
/// Unwind safety is asserted, not proven: what a handler shares with the next invocation is SDK clients and
/// immutable configuration, and the runtime itself would go on with them after a panic as well.
pub(crate) async fn caught<F: Future>(mut future: Pin<Box<F>>) -> Result<F::Output, Panicked> {
    std::future::poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        },
    )
    .await
}

/// Sends panics to the log, in the request's span and as one line.
///
/// The hook logs them and not [`caught`], which knows neither the place nor a panic in another task.
pub(crate) fn log_from_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.message = message, panic.location = place, "panicked");
    }));
}
