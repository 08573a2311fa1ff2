//! Events that are no requests: notifications of a bucket, schedules, invocations by another function or by hand.
//!
//! Source: Amazon S3 user guide, "Event message structure"; Lambda developer guide, "Process Amazon S3 event
//! notifications with Lambda" and "How Lambda handles errors and retries with asynchronous invocation".

use std::borrow::Cow;
use std::error::Error as StdError;
use std::panic::Location;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument;

use crate::clock::now;
use crate::invocation::{Operation, Outcome, Subject};
use crate::logs;
use crate::panics::PanicReply;

/// One event of a bucket, of a schedule, or of another function.
#[derive(Debug)]
pub struct Event {
    event: Value,
    received_at: Timestamp,
}

impl Event {
    /// Returns the event with this contents.
    #[must_use]
    pub fn new(event: Value, received_at: Timestamp) -> Self {
        Self { event, received_at }
    }

    /// Returns when the function began to work on it.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Reads the event as a function of this stack sent it to another one.
    ///
    /// # Errors
    /// Any other event.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.event)
    }

    /// Returns the keys of the objects that a notification of a bucket is about; none for other events.
    ///
    /// The result does not say what has happened to an object: notifications come late, twice and out of order, so that
    /// only the bucket itself says what is there now.
    #[must_use]
    pub fn object_keys(&self) -> Vec<String> {
        let records = self.event.get("Records").and_then(Value::as_array);
        let keys = records
            .into_iter()
            .flatten()
            .filter_map(|record| record.pointer("/s3/object/key")?.as_str());
        // S3 encodes keys as a form does: a blank is a plus.
        keys.filter_map(|key| {
            let key = key.replace('+', " ");
            percent_decode_str(&key).decode_utf8().ok().map(Cow::into_owned)
        })
        .collect()
    }
}

/// An event that could not be processed. Lambda delivers it again, twice, and then hands it to the function's
/// destination for failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event could not be processed; the log says why")]
pub struct Unprocessed;

impl From<Unprocessed> for Diagnostic {
    fn from(error: Unprocessed) -> Self {
        Self {
            error_type: "Unprocessed".to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Hands events to `handler`, until Lambda stops the function; what the handler answers is for those who wait for it:
/// another function, or somebody who invokes the function by hand.
///
/// Sets up logging. A handler that fails or panics fails the invocation, and its event comes again: a handler has to
/// be idempotent.
///
/// # Errors
/// The Lambda Runtime API cannot be reached or refuses to be asked.
///
/// # Panics
/// Outside of Lambda, whose environment variables the runtime wants.
#[track_caller]
pub fn consume_events<S, T: Serialize, E: StdError>(
    state: S,
    handler: impl AsyncFn(&S, Event) -> Result<T, E>,
) -> impl Future<Output = Result<(), Error>> {
    run(Operation::at(Location::caller()), state, handler)
}

async fn run<S, T: Serialize, E: StdError>(
    operation: Operation,
    state: S,
    handler: impl AsyncFn(&S, Event) -> Result<T, E>,
) -> Result<(), Error> {
    logs::start();
    let (operation, state, handler) = (operation.for_all_invocations(), &state, &handler);
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let span = tracing::error_span!("event", invocation_id = event.context.request_id);
        let (id, event) = (event.context.request_id, Event::new(event.payload, now()));
        let work = work(event, state, handler).instrument(span);
        operation
            .invoked(
                &id,
                Subject::default(),
                PanicReply::error(Unprocessed),
                work,
                |outcome, _| (Outcome::of(outcome), None),
            )
            .await
    });
    Runtime::new(service).run().await
}

/// Returns the only place that logs a failure of an event.
async fn work<S, T, E: StdError>(
    event: Event,
    state: &S,
    handler: &impl AsyncFn(&S, Event) -> Result<T, E>,
) -> Result<T, Unprocessed> {
    // The future is boxed for the same reason as in `serve`.
    let outcome = Box::pin(async { handler(state, event).await }).await;
    outcome.map_err(|error| {
        tracing::error!(cause = logs::chain(&error), "an event failed: {error}");
        Unprocessed
    })
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use serde_json::json;

    use super::*;
    use crate::logs::captured;

    fn event(event: Value) -> Event {
        Event::new(event, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn keys_are_read_as_s3_writes_them() {
        let record =
            |key: &str| json!({ "eventName": "ObjectCreated:Put", "s3": { "object": { "key": key } } });
        let records = [
            record("a+b%2Bc/d.json"),
            record("%FF"),
            json!({}),
            record("e%C3%A9"),
        ];
        assert_eq!(
            event(json!({ "Records": records })).object_keys(),
            ["a b+c/d.json", "eé"]
        );
        let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b" });
        assert!(event(test).object_keys().is_empty());
    }

    #[derive(Debug)]
    struct Unready;

    impl fmt::Display for Unready {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("not ready")
        }
    }

    impl StdError for Unready {}

    #[test]
    fn what_fails_is_logged_and_fails_the_invocation() {
        let mut outcome = Ok(());
        let lines = captured(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let handle = async |(): &(), _: Event| Err::<(), _>(Unready);
            outcome = runtime.block_on(work(event(json!({})), &(), &handle));
        });
        assert_eq!(outcome, Err(Unprocessed));
        assert_eq!(Diagnostic::from(Unprocessed).error_type, "Unprocessed");
        let told = lines.iter().filter(|line| line["cause"] == "not ready");
        assert_eq!(told.count(), 1);
    }
}
