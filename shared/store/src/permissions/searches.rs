//! Searches are queries that can be run again by their id. A recent search ends some time after its last run; a saved
//! one has a name and stays until it is deleted.

use std::cmp::Reverse;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::{Permissions, SearchId};
use crate::item::{Item, epoch, key, number_of, text, text_of};
use crate::{StoreError, transaction};

/// Says how long a search is kept after it was last run. That is far longer than any page token lives.
pub const SEARCH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Sort keys of searches, and of the names of saved ones
const SEARCH: &str = "SEARCH#";
const SAVED: &str = "SAVED#";

/// Most bytes of the queries of a list: a reply may have a little more
const MOST_BYTES: usize = 4_000_000;

/// Reads before a write that others keep overtaking is given up
const ATTEMPTS: usize = 3;

/// Holds the name and the description of a saved search
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name is unique among the saved searches of a tenant
    pub name: String,
    /// The description may be empty
    pub description: String,
}

/// A search that was kept
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSearch {
    /// The query is kept as it was first run, or as it was saved
    pub query: String,
    /// The name is absent when the search is not saved
    pub name: Option<Name>,
    /// Says when the search was last run or saved. A run is noted with a precision of some hours
    used_at: i64,
}

/// The outcome of an attempt to save a search
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// The search is saved
    Done,
    /// There is no search with this id
    Unknown,
    /// Another saved search has this name
    NameTaken,
}

/// Says which searches are listed
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Saved ones, by name
    Saved,
    /// All, those that were last run first
    Recent,
}

impl Permissions {
    /// Keeps a search for [`SEARCH_LIFE`] from now; as soon as this is done it can be run again. The query stays as
    /// it was written first, and keeping it again only moves its end. A saved search stays as it is.
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
        let kept = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(search_key(account, id)))
            .update_expression("SET #query = if_not_exists(#query, :query), expiresAt = :expires")
            .condition_expression("attribute_not_exists(#name)")
            .expression_attribute_names("#query", "query")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":query", text(query))
            .expression_attribute_values(":expires", epoch(end(now)))
            .send()
            .await;
        match kept {
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
            kept => Ok(kept.map(|_| ())?),
        }
    }

    /// Reads a search, strongly consistent. `None` when the tenant has no search with this id, or when it has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn search(
        &self,
        account: &AccountId,
        id: &SearchId,
        now: Timestamp,
    ) -> Result<Option<StoredSearch>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(search_key(account, id)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item.and_then(|item| read(&item, now)))
    }

    /// Saves a search of the tenant under a name: it no longer ends. `query` is another spelling of the same query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_search(
        &self,
        account: &AccountId,
        id: &SearchId,
        query: &str,
        name: &Name,
        now: Timestamp,
    ) -> Result<Saving, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(known) = self.search(account, id, now).await? else {
                return Ok(Saving::Unknown);
            };
            let former = known.name.map(|former| former.name);
            let mut items = vec![
                TransactWriteItem::builder()
                    .update(self.saved(account, id, query, name, former.as_deref(), now)?)
                    .build(),
                TransactWriteItem::builder()
                    .put(self.named(account, id, query, name, now)?)
                    .build(),
            ];
            if let Some(former) = former.filter(|former| *former != name.name) {
                items.push(self.without_name(account, id, &former)?);
            }
            match transaction::write(&self.client, items, None).await? {
                Ok(()) => return Ok(Saving::Done),
                Err(refused) if refused.at(0).is_none() && refused.at(1).is_some() => {
                    return Ok(Saving::NameTaken);
                }
                // Another call saved or deleted the search meanwhile.
                Err(_) => {}
            }
        }
        Err(StoreError::Throttled(Box::new(Overtaken)))
    }

    /// Takes the name of a saved search away: it is a recent one again, so that its pages can still be read. False when the
    /// tenant has no saved search of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_saved_search(
        &self,
        account: &AccountId,
        id: &SearchId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        for _ in 0..ATTEMPTS {
            let known = self.search(account, id, now).await?;
            let Some(name) = known.and_then(|search| search.name) else {
                return Ok(false);
            };
            let search = Update::builder()
                .table_name(&self.table)
                .set_key(Some(search_key(account, id)))
                .update_expression("SET expiresAt = :expires REMOVE #name, description, savedAt")
                .condition_expression("#name = :name")
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", text(&name.name))
                .expression_attribute_values(":expires", epoch(end(now)))
                .build()?;
            let items = vec![
                TransactWriteItem::builder().update(search).build(),
                self.without_name(account, id, &name.name)?,
            ];
            if transaction::write(&self.client, items, None).await?.is_ok() {
                return Ok(true);
            }
        }
        Err(StoreError::Throttled(Box::new(Overtaken)))
    }

    /// Returns at most `most` searches of the tenant; fewer, when their queries are very long.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn searches(
        &self,
        account: &AccountId,
        listed: Listed,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(SearchId, StoredSearch)>, StoreError> {
        let prefix = match listed {
            Listed::Saved => SAVED,
            Listed::Recent => SEARCH,
        };
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":prefix", text(prefix))
            .into_paginator()
            .items()
            .send();
        let mut found: Vec<(SearchId, StoredSearch)> = Vec::new();
        while let Some(item) = items.next().await {
            let item = item?;
            let id = text_of(&item, "id")
                .or_else(|| text_of(&item, "sk")?.strip_prefix(SEARCH))
                .and_then(|id| id.parse().ok());
            found.extend(id.zip(read(&item, now)));
            // All searches are read, and only the latest are kept.
            if listed == Listed::Recent && found.len() >= most.saturating_mul(2) {
                latest(&mut found, most);
            } else if listed == Listed::Saved && found.len() >= most {
                break;
            }
        }
        if listed == Listed::Recent {
            latest(&mut found, most);
        }
        let mut bytes = 0_usize;
        let fits = found.iter().take_while(|(_, search)| {
            bytes = bytes.saturating_add(search.query.len());
            bytes <= MOST_BYTES
        });
        let fitting = fits.count();
        found.truncate(fitting.max(1));
        Ok(found)
    }

    fn saved(
        &self,
        account: &AccountId,
        id: &SearchId,
        query: &str,
        name: &Name,
        former: Option<&str>,
        now: Timestamp,
    ) -> Result<Update, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(search_key(account, id)))
            .update_expression(
                "SET #query = :query, #name = :name, description = :description, savedAt = :now REMOVE expiresAt",
            )
            .expression_attribute_names("#query", "query")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":query", text(query))
            .expression_attribute_values(":name", text(&name.name))
            .expression_attribute_values(":description", text(&name.description))
            .expression_attribute_values(":now", epoch(now));
        let update = match former {
            Some(former) => update
                .condition_expression("#name = :former")
                .expression_attribute_values(":former", text(former)),
            None => update.condition_expression("attribute_exists(#query) AND attribute_not_exists(#name)"),
        };
        Ok(update.build()?)
    }

    fn named(
        &self,
        account: &AccountId,
        id: &SearchId,
        query: &str,
        name: &Name,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(name_key(account, &name.name)))
            .item("id", text(id.as_str()))
            .item("query", text(query))
            .item("name", text(&name.name))
            .item("description", text(&name.description))
            .item("savedAt", epoch(now))
            .condition_expression("attribute_not_exists(pk) OR id = :id")
            .expression_attribute_values(":id", text(id.as_str()));
        Ok(put.build()?)
    }

    fn without_name(
        &self,
        account: &AccountId,
        id: &SearchId,
        name: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(name_key(account, name)))
            .condition_expression("id = :id")
            .expression_attribute_values(":id", text(id.as_str()))
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("other calls kept changing the search")]
struct Overtaken;

fn end(now: Timestamp) -> Timestamp {
    now.saturating_add(SEARCH_LIFE).unwrap_or(Timestamp::MAX)
}

fn latest(found: &mut Vec<(SearchId, StoredSearch)>, most: usize) {
    found.sort_by(|(id, one), (other_id, other)| {
        (Reverse(one.used_at), id.as_str()).cmp(&(Reverse(other.used_at), other_id.as_str()))
    });
    found.truncate(most);
}

/// Reads the search of an item, unless the search is over: the database deletes expired items late.
fn read(item: &Item, now: Timestamp) -> Option<StoredSearch> {
    let expires = number_of(item, "expiresAt");
    if expires.is_some_and(|end| end <= now.as_second()) {
        return None;
    }
    let name = text_of(item, "name").map(|name| Name {
        name: name.to_owned(),
        description: text_of(item, "description").unwrap_or_default().to_owned(),
    });
    let last_run = expires.map(|end| end.saturating_sub(SEARCH_LIFE.as_secs()));
    Some(StoredSearch {
        query: text_of(item, "query")?.to_owned(),
        name,
        used_at: last_run
            .or_else(|| number_of(item, "savedAt"))
            .unwrap_or_default(),
    })
}

fn search_key(account: &AccountId, id: &SearchId) -> Item {
    key(account.as_str(), format!("{SEARCH}{id}"))
}

fn name_key(account: &AccountId, name: &str) -> Item {
    key(account.as_str(), format!("{SAVED}{name}"))
}

#[cfg(test)]
mod tests;
