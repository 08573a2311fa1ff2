//! Transactions write all or nothing, and pause when they collide.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::AsyncSleep;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::StoreError;
use crate::item::Item;

/// Attempts when transactions collide. With the pauses below a call gives up after about two seconds, well inside
/// the 29 seconds that API Gateway waits.
const ATTEMPTS: u32 = 9;
/// The first pause; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(8);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Reasons of a cancellation that lie in other requests.
const COLLISIONS: [&str; 3] = [
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
];

/// The conditions of a transaction that did not hold, in the order of its items: for each the item as it stands,
/// if it was asked for and exists.
#[derive(Debug)]
pub(crate) struct Refused(Vec<Option<Item>>);

impl Refused {
    /// Returns the item that was found for the write of that number; `Some(empty)` when the condition failed because
    /// the item does not exist.
    pub(crate) fn at(&self, index: usize) -> Option<&Item> {
        self.0.get(index)?.as_ref()
    }
}

/// Writes all of the items or none.
///
/// If the condition at the place `decisive` does not hold, that decides, whatever else went wrong. A collision with
/// others is tried again before any other condition counts: what stood in the way may be gone by then.
///
/// The SDK sends a token of its own with each call, by which the database recognises its repetitions, and repeats
/// what was throttled. A cancelled transaction is not among that; each further attempt is a call of its own.
///
/// # Errors
/// `Ok(Err(Refused))` when a condition does not hold; a [`StoreError`] for everything else, among it collisions
/// that did not end.
pub(crate) async fn write(
    client: &Client,
    items: Vec<TransactWriteItem>,
    decisive: Option<usize>,
) -> Result<Result<(), Refused>, StoreError> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        if let Some(outcome) = attempt(client, &items, decisive).await? {
            return Ok(outcome);
        }
        rest(client, jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    let outcome = attempt(client, &items, decisive).await?;
    outcome.ok_or_else(|| StoreError::Throttled(Box::new(Collided)))
}

/// Tries the transaction once; returns `None` when it collided with others.
async fn attempt(
    client: &Client,
    items: &[TransactWriteItem],
    decisive: Option<usize>,
) -> Result<Option<Result<(), Refused>>, StoreError> {
    let request = client
        .transact_write_items()
        .set_transact_items(Some(items.to_vec()));
    let Err(error) = request.send().await else {
        return Ok(Some(Ok(())));
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error()
    else {
        return Err(error.into());
    };
    let reasons = canceled.cancellation_reasons();
    let is_refused = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    let has_collided =
        |reason: &CancellationReason| reason.code().is_some_and(|code| COLLISIONS.contains(&code));
    let is_decided = decisive
        .and_then(|place| reasons.get(place))
        .is_some_and(is_refused);
    if !is_decided && reasons.iter().any(has_collided) {
        return Ok(None);
    }
    if !reasons.iter().any(is_refused) {
        return Err(StoreError::Unavailable(Box::new(error)));
    }
    let item =
        |reason: &CancellationReason| is_refused(reason).then(|| reason.item().cloned().unwrap_or_default());
    Ok(Some(Err(Refused(reasons.iter().map(item).collect()))))
}

/// Waits in the client's own way, which tests replace.
pub(crate) async fn rest(client: &Client, pause: Duration) {
    if let Some(sleep) = client.config().sleep_impl() {
        sleep.sleep(pause).await;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("transactions kept colliding")]
struct Collided;

/// Returns between half and all of the pause, so that calls that collided once do not collide again.
pub(crate) fn jittered(pause: Duration) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a source of randomness, not an id")]
    let random = uuid::Uuid::new_v4().as_u128();
    let share = u32::try_from(random & 0xff).unwrap_or(0);
    pause / 2 + pause / 2 * share / 256
}
