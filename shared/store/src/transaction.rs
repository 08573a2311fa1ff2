//! Transactions: all or nothing, and a pause when they collide.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::StoreError;
use crate::item::Item;

/// Attempts when transactions collide. With the pauses below a call gives up after about two seconds, well inside
/// the 29 seconds that API Gateway waits.
const ATTEMPTS: u32 = 9;
/// The first pause; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(8);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The conditions of a transaction that did not hold, in the order of its items: for each the item as it stands,
/// if it was asked for and exists.
#[derive(Debug)]
pub(crate) struct Refused(Vec<Option<Item>>);

impl Refused {
    /// The item found in the place of that number, `Some(empty)` when the condition failed on a missing item.
    pub(crate) fn at(&self, index: usize) -> Option<&Item> {
        self.0.get(index)?.as_ref()
    }
}

/// Writes all of the items or none.
///
/// The SDK sends a token of its own with each call, so that its network retries cannot apply a write twice.
///
/// # Errors
/// `Ok(Err(Refused))` when a condition does not hold; a [`StoreError`] for everything else, among it collisions
/// that did not end.
pub(crate) async fn write(
    client: &Client,
    items: Vec<TransactWriteItem>,
) -> Result<Result<(), Refused>, StoreError> {
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    loop {
        let written = client
            .transact_write_items()
            .set_transact_items(Some(items.clone()))
            .send()
            .await;
        let Err(error) = written else {
            return Ok(Ok(()));
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        {
            let reasons = canceled.cancellation_reasons();
            let failed = |code: Option<&str>| code == Some("ConditionalCheckFailed");
            if reasons.iter().any(|reason| failed(reason.code())) {
                let item = |reason: &aws_sdk_dynamodb::types::CancellationReason| {
                    failed(reason.code()).then(|| reason.item().cloned().unwrap_or_default())
                };
                return Ok(Err(Refused(reasons.iter().map(item).collect())));
            }
            let collided = [
                "TransactionConflict",
                "ThrottlingError",
                "ProvisionedThroughputExceeded",
            ];
            if !reasons
                .iter()
                .any(|reason| reason.code().is_some_and(|code| collided.contains(&code)))
            {
                return Err(StoreError::Unavailable(Box::new(error)));
            }
        } else {
            let error = StoreError::from(error);
            if !matches!(error, StoreError::Throttled(_)) {
                return Err(error);
            }
            if attempt == ATTEMPTS {
                return Err(error);
            }
        }
        if attempt == ATTEMPTS {
            return Err(StoreError::Throttled(Box::new(Collided)));
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        attempt += 1;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("transactions kept colliding")]
struct Collided;

/// Between half and all of the pause, so that those who collided once do not collide again.
fn jittered(pause: Duration) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a source of randomness, not an id")]
    let random = uuid::Uuid::new_v4().as_u128();
    let share = u32::try_from(random & 0xff).unwrap_or(0);
    pause / 2 + pause / 2 * share / 256
}
