//! Keeps what page tokens name and have no room for: what the stack granted when the token was given, so that the pages behind
//! the first one see the same, and where a page begins in each of several shards.

use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::{OwnGrantsId, Permissions, PositionsId};
use crate::{StoreError, pieces};

/// Says how long the value stays readable after the last token that names it: a day, and an hour for calls that are
/// running.
///
/// Source: contract of permission search, section 4: page tokens are good for at least 24 hours after newer data.
pub const PINNED_LIFE: SignedDuration = SignedDuration::from_hours(25);

impl Permissions {
    /// Keeps own grants for [`PINNED_LIFE`] from now; keeping the same again only moves their end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pin_own_grants(
        &self,
        account: &AccountId,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<OwnGrantsId, StoreError> {
        let id = OwnGrantsId::of(bytes);
        self.pin(account, &format!("STACK#{id}"), bytes, now).await?;
        Ok(id)
    }

    /// Reads grants that were kept; `None` when there are none with that id, or when they are not kept any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pinned_own_grants(
        &self,
        account: &AccountId,
        id: &OwnGrantsId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.pinned(account, &format!("STACK#{id}#")).await?;
        Ok(bytes.filter(|bytes| OwnGrantsId::of(bytes) == *id))
    }

    /// Keeps where a page begins in several shards, as [`Permissions::pin_own_grants`] keeps grants.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pin_positions(
        &self,
        account: &AccountId,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<PositionsId, StoreError> {
        let id = PositionsId::of(bytes);
        self.pin(account, &format!("POSITIONS#{id}"), bytes, now).await?;
        Ok(id)
    }

    /// Reads positions that were kept; `None` when there are none with that id, or when they are not kept any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pinned_positions(
        &self,
        account: &AccountId,
        id: &PositionsId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.pinned(account, &format!("POSITIONS#{id}#")).await?;
        Ok(bytes.filter(|bytes| PositionsId::of(bytes) == *id))
    }

    async fn pin(
        &self,
        account: &AccountId,
        name: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires = now.saturating_add(PINNED_LIFE).unwrap_or(Timestamp::MAX);
        pieces::put(
            &self.client,
            &self.table,
            (account.as_str(), name),
            bytes,
            expires,
        )
        .await
    }

    async fn pinned(&self, account: &AccountId, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut found = match pieces::get_all(&self.client, &self.table, (account.as_str(), name)).await {
            // Only half of the value is left.
            Err(StoreError::Unreadable(_)) => Vec::new(),
            found => found?,
        };
        Ok(found.pop().map(|(_, bytes)| bytes))
    }
}
