//! Stores the wish that a snapshot which cannot be read is compiled anew. The stream of the table brings it to the
//! function that compiles: there is no second write that could be lost.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::{Current, Permissions};
use crate::StoreError;
use crate::item::{epoch, key, text};

const RECOMPILATION: &str = "RECOMPILATION";

/// Says how long nobody asks again for the same copy. That is longer than a function runs.
const PATIENCE: SignedDuration = SignedDuration::from_mins(16);

/// Says how long the item stays.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

impl Permissions {
    /// Asks that the snapshot in force, which cannot be read, is compiled anew. Returns whether this call is the first
    /// that asks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ask_for_recompilation(
        &self,
        account: &AccountId,
        unreadable: &Current,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let before = now.saturating_sub(PATIENCE).unwrap_or(Timestamp::MIN);
        let expires = now.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(account.as_str(), RECOMPILATION)))
            .item("copy", text(&*unreadable.copy))
            .item("askedAt", epoch(now))
            .item("expiresAt", epoch(expires))
            .condition_expression("attribute_not_exists(pk) OR #copy <> :copy OR askedAt < :before")
            .expression_attribute_names("#copy", "copy")
            .expression_attribute_values(":copy", text(&*unreadable.copy))
            .expression_attribute_values(":before", epoch(before))
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(error.into()),
            },
        }
    }
}
