//! Keeps secrets in a table. The first call that needs a secret makes it, and no later call does.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::StoreError;
use crate::item::{Item, key};

/// 32 bytes that nobody outside may know
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl From<[u8; 32]> for Secret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Secret {
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Computes HMAC-SHA-256 over parts, each with its length before it, so that two different lists of parts never
    /// have the same bytes.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        // HMAC pads its key with zeros to the block size of the hash (RFC 2104, section 2).
        let mut block = [0; 64];
        for (byte, key) in block.iter_mut().zip(self.0) {
            *byte = key;
        }
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// A secret of a table, and what a function holds of it.
///
/// An operator who deletes its item retires the secret: the next call makes another one, and functions that hold the
/// old one go on with it until they end.
#[derive(Debug)]
pub(crate) struct StoredSecret {
    /// Partition and sort key of the item
    name: &'static str,
    held: Mutex<Option<Secret>>,
}

impl StoredSecret {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            held: Mutex::new(None),
        }
    }

    /// Returns the secret as it was read last. A lock that a panic has poisoned still guards a whole secret.
    pub(crate) fn held(&self) -> Option<Secret> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the secret as it is now; `None` when nobody has needed it yet.
    pub(crate) async fn load(&self, client: &Client, table: &str) -> Result<Option<Secret>, StoreError> {
        let found = client
            .get_item()
            .table_name(table)
            .set_key(Some(key(self.name, self.name)))
            .consistent_read(true)
            .send()
            .await?;
        let secret = found.item().map(secret_of).transpose()?;
        Ok(secret.map(|secret| self.hold(secret)))
    }

    /// Reads the secret as it is now, and makes it if there is none.
    pub(crate) async fn load_or_make(&self, client: &Client, table: &str) -> Result<Secret, StoreError> {
        if let Some(secret) = self.load(client, table).await? {
            return Ok(secret);
        }
        let fresh = random();
        let written = client
            .put_item()
            .table_name(table)
            .set_item(Some(key(self.name, self.name)))
            .item("key", AttributeValue::B(Blob::new(fresh)))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let secret = match written {
            Ok(_) => Secret(fresh),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(lost)) if lost.item().is_some() => {
                    secret_of(lost.item().unwrap_or(&Item::new()))?
                }
                _ => return Err(error.into()),
            },
        };
        Ok(self.hold(secret))
    }

    fn hold(&self, secret: Secret) -> Secret {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret);
        secret
    }
}

/// The item of a secret holds something else
#[derive(Debug, thiserror::Error)]
#[error("the item of a secret does not have 32 bytes")]
struct NoSecret;

fn secret_of(item: &Item) -> Result<Secret, StoreError> {
    match item.get("key") {
        Some(AttributeValue::B(blob)) => blob
            .as_ref()
            .try_into()
            .map(Secret)
            .map_err(|error| StoreError::Unreadable(Box::new(error))),
        _ => Err(StoreError::Unreadable(Box::new(NoSecret))),
    }
}

/// Makes 244 random bits from the operating system, by way of two random UUIDs.
#[expect(clippy::disallowed_methods, reason = "a source of randomness, not an id")]
pub(crate) fn random() -> [u8; 32] {
    let mut key = [0; 32];
    let halves = uuid::Uuid::new_v4()
        .into_bytes()
        .into_iter()
        .chain(uuid::Uuid::new_v4().into_bytes());
    for (byte, random) in key.iter_mut().zip(halves) {
        *byte = random;
    }
    key
}
