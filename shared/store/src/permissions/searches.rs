//! Searches: queries that can be run again by their id.

use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::{Permissions, SearchId};
use crate::StoreError;
use crate::item::{Item, epoch, key, number_of, text, text_of};

/// How long a search is kept after it was last run: far longer than any page token lives.
pub const SEARCH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Permissions {
    /// Keeps a search for [`SEARCH_LIFE`] from now; as soon as this is done it can be run again. The query stays as
    /// it was written first, and keeping it again only moves its end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_search(
        &self,
        account: &AccountId,
        id: &SearchId,
        query: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires = now.saturating_add(SEARCH_LIFE).unwrap_or(Timestamp::MAX);
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(search_key(account, id)))
            .update_expression("SET #query = if_not_exists(#query, :query), expiresAt = :expires")
            .expression_attribute_names("#query", "query")
            .expression_attribute_values(":query", text(query))
            .expression_attribute_values(":expires", epoch(expires))
            .send()
            .await?;
        Ok(())
    }

    /// The query of a search; strongly consistent. `None` when the tenant has none of that id, or it is over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn search(
        &self,
        account: &AccountId,
        id: &SearchId,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(search_key(account, id)))
            .consistent_read(true)
            .send()
            .await?;
        // The database takes its time to sweep what is over.
        let item = found
            .item
            .filter(|item| number_of(item, "expiresAt").is_some_and(|end| end > now.as_second()));
        Ok(item.and_then(|item| text_of(&item, "query").map(str::to_owned)))
    }
}

fn search_key(account: &AccountId, id: &SearchId) -> Item {
    key(account.as_str(), format!("SEARCH#{id}"))
}

#[cfg(test)]
mod tests;
