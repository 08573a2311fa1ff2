//! Changes of a table, as its stream delivers them.
//!
//! Source: Lambda developer guide, "Process DynamoDB records with Lambda" and "Configuring partial batch response
//! with DynamoDB and Lambda".

use std::convert::Infallible;
use std::error::Error as StdError;
use std::panic::Location;

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::Instrument;
use uuid::Uuid;

use crate::clock::now;
use crate::invocation::{Operation, Outcome, Subject};
use crate::panics::PanicReply;
use crate::{logs, panics, request};

/// Says what has happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The item is new.
    Insert,
    /// The item has changed.
    Modify,
    /// The item is gone.
    Remove,
}

/// One change of one item.
#[derive(Debug)]
pub struct Change {
    record: Value,
    received_at: Timestamp,
}

impl Change {
    /// Returns the change that a stream record describes. What the record lacks, the change lacks.
    #[must_use]
    pub fn from_record(record: Value, received_at: Timestamp) -> Self {
        Self { record, received_at }
    }

    /// Returns what has happened; `None` for a word that streams do not have today.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self.text("/eventName")? {
            "INSERT" => Some(Kind::Insert),
            "MODIFY" => Some(Kind::Modify),
            "REMOVE" => Some(Kind::Remove),
            _ => None,
        }
    }

    /// Returns the id of the event: equal when the stream delivers the same change again.
    #[must_use]
    pub fn event_id(&self) -> &str {
        self.text("/eventID").unwrap_or_default()
    }

    /// Returns a string attribute of the item's primary key.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&str> {
        string(self.attributes("Keys")?, name)
    }

    /// Returns a string attribute of the item after the change; `None` too if the stream sends no new images.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<&str> {
        string(self.new_image()?, name)
    }

    /// Returns a string attribute of the item before the change; `None` too if the stream sends no old images.
    #[must_use]
    pub fn previous(&self, name: &str) -> Option<&str> {
        string(self.attributes("OldImage")?, name)
    }

    /// Returns the whole item after the change in DynamoDB JSON: each attribute an object of type and value.
    #[must_use]
    pub fn new_image(&self) -> Option<&Map<String, Value>> {
        self.attributes("NewImage")
    }

    /// Returns when the function began to work on the change.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Returns a new id, UUID version 7 (RFC 9562, section 5.7), that sorts by [`Change::received_at`].
    #[must_use]
    pub fn mint(&self) -> Uuid {
        request::mint(self.received_at)
    }

    fn attributes(&self, image: &str) -> Option<&Map<String, Value>> {
        self.record.get("dynamodb")?.get(image)?.as_object()
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.record.pointer(pointer)?.as_str()
    }

    fn sequence_number(&self) -> &str {
        self.text("/dynamodb/SequenceNumber").unwrap_or_default()
    }
}

fn string<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name)?.get("S")?.as_str()
}

/// Says where the stream is to start again.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    batch_item_failures: Vec<FailedItem>,
}

impl Progress {
    /// Returns that all changes before this one are done, and no other.
    fn until(change: &Change) -> Self {
        let item_identifier = change.sequence_number().to_owned();
        Self {
            batch_item_failures: vec![FailedItem { item_identifier }],
        }
    }

    fn reply(&self) -> PanicReply {
        PanicReply::response(self, None)
    }

    const fn outcome(&self) -> Outcome {
        if self.batch_item_failures.is_empty() {
            Outcome::Succeeded
        } else {
            Outcome::Failed
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedItem {
    item_identifier: String,
}

/// Hands the changes of a table's stream to `handler`, in order, until Lambda stops the function.
///
/// Sets up logging. At the first change that fails, the batch ends and that change is reported, so that the event
/// source must be declared with `ReportBatchItemFailures`. The service then delivers it and all later ones again:
/// a handler has to be idempotent.
///
/// # Errors
/// The Lambda Runtime API cannot be reached or refuses to be asked.
///
/// # Panics
/// Outside of Lambda, whose environment variables the runtime wants.
#[track_caller]
pub fn consume<S, E: StdError>(
    state: S,
    handler: impl AsyncFn(&S, Change) -> Result<(), E>,
) -> impl Future<Output = Result<(), Error>> {
    run(Operation::at(Location::caller()), state, handler)
}

async fn run<S, E: StdError>(
    operation: Operation,
    state: S,
    handler: impl AsyncFn(&S, Change) -> Result<(), E>,
) -> Result<(), Error> {
    logs::start();
    let (operation, state, handler) = (operation.for_all_invocations(), &state, &handler);
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let span = tracing::error_span!("batch", invocation_id = event.context.request_id);
        let id = event.context.request_id;
        let work = work_through(event.payload, state, handler, now).instrument(span);
        let progress = operation
            .invoked(
                &id,
                Subject::default(),
                Progress::default().reply(),
                work,
                |progress, _| (progress.outcome(), None),
            )
            .await;
        Ok::<Progress, Infallible>(progress)
    });
    Runtime::new(service).run().await
}

/// Stops at the first failure: the service restarts from the lowest sequence number reported, so that whatever
/// came after it would be done twice.
async fn work_through<S, E: StdError>(
    mut event: Value,
    state: &S,
    handler: &impl AsyncFn(&S, Change) -> Result<(), E>,
    clock: impl Fn() -> Timestamp,
) -> Progress {
    let Some(Value::Array(records)) = event.get_mut("Records").map(Value::take) else {
        return Progress::default();
    };
    for record in records {
        let change = Change::from_record(record, clock());
        let without_it = Progress::until(&change);
        let span = tracing::error_span!("change", event_id = change.event_id());
        panics::reply_instead(without_it.reply());
        if !is_done(state, handler, change).instrument(span).await {
            return without_it;
        }
    }
    Progress::default()
}

/// Returns the only place that logs a failure of a change.
async fn is_done<S, E: StdError>(
    state: &S,
    handler: &impl AsyncFn(&S, Change) -> Result<(), E>,
    change: Change,
) -> bool {
    // The future is boxed for the same reason as in `serve`.
    match Box::pin(async { handler(state, change).await }).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(cause = logs::chain(&error), "a change failed: {error}");
            false
        }
    }
}

#[cfg(test)]
mod tests;
