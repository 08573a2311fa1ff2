//! Reads and writes the table of access keys.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `ACCESS_KEY#<id>` | an access key: name, status, times, and the random value that its secret is derived from |
//! | `<account>` | `ACCESS_KEYS` | how many access keys the account has |
//! | `<account>` | `SIGNATURE#<digest>` | a signature that was used for a change, until it is too old to be used again |
//! | `MASTER_SECRET` | `MASTER_SECRET` | what all secrets of keys and the key of login tokens are derived from |
//!
//! The secret of a key is HMAC-SHA-256 of the account, the id and the key's random value, under the master secret. So
//! the table holds no secret of a key, and the item of a key that was copied to another account or another id has
//! another secret.

mod authenticate;
mod create;
mod login_token;
mod single_use;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use jiff::Timestamp;
use model::access_keys::{AccessKeyId, Status};
use model::account::AccountId;

use crate::StoreError;
use crate::item::{Item, bytes_of, key, number, number_of, text, text_of};
use crate::secret::{Secret, StoredSecret};
use crate::transaction;

pub use authenticate::{PresentedSecret, Proof, SignedMessages};
pub use create::Created;
pub use login_token::{LOGIN_TOKEN_LIFE, LoginToken};

const ACCESS_KEY: &str = "ACCESS_KEY#";

/// The table of access keys.
#[derive(Debug)]
pub struct AccessKeys {
    client: Client,
    table: String,
    master: StoredSecret,
}

/// An access key, without its secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The id of the access key.
    pub id: AccessKeyId,
    /// Says what its maker called it
    pub name: String,
    /// Says whether it may be used
    pub status: Status,
    /// Says when it was made
    pub created_at: Timestamp,
    /// Says when it ends, if ever
    pub expires_on: Option<Timestamp>,
    /// The hour in which it was last used, if it was
    pub last_used: Option<Timestamp>,
}

/// The secret of an access key: 44 characters of base64
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

impl SecretKey {
    /// Returns the characters, for the one reply that shows them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

impl AccessKeys {
    /// Returns the table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        let master = StoredSecret::new("MASTER_SECRET");
        Self {
            client,
            table,
            master,
        }
    }

    /// Returns all keys of the account, the oldest first; strongly consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn access_keys(&self, account: &AccountId) -> Result<Vec<AccessKey>, StoreError> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :key)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":key", text(ACCESS_KEY))
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            keys.push(read(&item?)?.key);
        }
        keys.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(keys)
    }

    /// Enables or disables a key of the account; `false` when the account has no such key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_status(
        &self,
        account: &AccountId,
        id: &AccessKeyId,
        status: Status,
    ) -> Result<bool, StoreError> {
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item_key(account, id)))
            .update_expression("SET enabled = :enabled")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":enabled", AttributeValue::Bool(status.is_enabled()))
            .send()
            .await;
        was_there(written)
    }

    /// Deletes a key of the account; `false` when the account has no such key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete(&self, account: &AccountId, id: &AccessKeyId) -> Result<bool, StoreError> {
        let deleted = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(item_key(account, id)))
            .condition_expression("attribute_exists(pk)")
            .build()?;
        let items = vec![
            TransactWriteItem::builder().delete(deleted).build(),
            TransactWriteItem::builder()
                .update(self.count(account, -1).build()?)
                .build(),
        ];
        Ok(transaction::write(&self.client, items, None).await?.is_ok())
    }

    fn count(&self, account: &AccountId, change: i64) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(account.as_str(), "ACCESS_KEYS")))
            .update_expression("ADD accessKeys :change")
            .expression_attribute_values(":change", number(change))
    }

    /// Returns the master secret; `None` as long as no key was ever made.
    async fn master(&self) -> Result<Option<Secret>, StoreError> {
        match self.master.held() {
            Some(secret) => Ok(Some(secret)),
            None => self.master.load(&self.client, &self.table).await,
        }
    }
}

/// Returns whether the item existed that was changed under the condition that it exists.
fn was_there<T>(written: Result<T, SdkError<UpdateItemError>>) -> Result<bool, StoreError> {
    match written {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

fn item_key(account: &AccountId, id: &AccessKeyId) -> Item {
    key(account.as_str(), format!("{ACCESS_KEY}{id}"))
}

/// A key as it is stored
struct Stored {
    key: AccessKey,
    /// The random value
    salt: Vec<u8>,
}

/// An item of a key lacks something, or holds something else there
#[derive(Debug, thiserror::Error)]
#[error("the item of an access key cannot be read")]
struct NoAccessKey;

fn read(item: &Item) -> Result<Stored, StoreError> {
    let unreadable = || StoreError::Unreadable(Box::new(NoAccessKey));
    let time = |name| number_of(item, name).and_then(|second| Timestamp::from_second(second).ok());
    let id = text_of(item, "sk").and_then(|sk| sk.strip_prefix(ACCESS_KEY)?.parse().ok());
    let is_enabled = item.get("enabled").and_then(|value| value.as_bool().ok());
    let milliseconds = number_of(item, "endsAt");
    Ok(Stored {
        key: AccessKey {
            id: id.ok_or_else(unreadable)?,
            name: text_of(item, "name").ok_or_else(unreadable)?.to_owned(),
            status: Status::from(*is_enabled.ok_or_else(unreadable)?),
            created_at: time("createdAt").ok_or_else(unreadable)?,
            expires_on: milliseconds
                .map(|end| {
                    Timestamp::from_millisecond(end).map_err(|error| StoreError::Unreadable(error.into()))
                })
                .transpose()?,
            last_used: time("lastUsed"),
        },
        salt: bytes_of(item, "salt").to_vec(),
    })
}
