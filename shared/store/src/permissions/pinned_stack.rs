//! Keeps what the stack granted when a page token was given, so that the pages behind the first one see the same.

use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::{Permissions, StackId};
use crate::{StoreError, pieces};

/// How long grants stay readable after the last token that names them: a day, and an hour for those at work.
///
/// Source: contract of permission search, section 4: page tokens are good for at least 24 hours after newer data.
pub const STACK_LIFE: SignedDuration = SignedDuration::from_hours(25);

impl Permissions {
    /// Keeps grants of this stack for [`STACK_LIFE`] from now; keeping the same again only moves their end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pin_stack(
        &self,
        account: &AccountId,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<StackId, StoreError> {
        let id = StackId::of(bytes);
        let expires = now.saturating_add(STACK_LIFE).unwrap_or(Timestamp::MAX);
        let place = (account.as_str(), &*format!("STACK#{id}"));
        pieces::put(&self.client, &self.table, place, bytes, expires).await?;
        Ok(id)
    }

    /// Grants that were kept; `None` when there are none of that id, or no longer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pinned_stack(
        &self,
        account: &AccountId,
        id: &StackId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let place = (account.as_str(), &*format!("STACK#{id}#"));
        let mut found = match pieces::get_all(&self.client, &self.table, place).await {
            // Only half of it is there any more.
            Err(StoreError::Unreadable(_)) => Vec::new(),
            found => found?,
        };
        let bytes = found.pop().map(|(_, bytes)| bytes);
        Ok(bytes.filter(|bytes| StackId::of(bytes) == *id))
    }
}
