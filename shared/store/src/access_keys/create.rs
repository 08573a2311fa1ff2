//! Creates an access key.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::Timestamp;
use model::access_keys::{AccessKeyId, NewAccessKey};
use model::account::AccountId;

use super::authenticate::secret_key;
use super::{AccessKeys, SecretKey, item_key};
use crate::StoreError;
use crate::item::{epoch, number, text};
use crate::secret::random;
use crate::transaction;

/// The outcome of an attempt to make a key
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The key is there, and this is its secret
    New(SecretKey),
    /// The account has as many keys as it may have
    TooMany,
}

/// Place of the counter in the transaction
const ACCESS_KEYS: usize = 1;

impl AccessKeys {
    /// Makes a key of the account under a new id, unless the account has `limit` keys already. The secret can be read
    /// from the outcome only; nobody can read it later.
    ///
    /// # Errors
    /// [`StoreError`]; also when the id is taken, since new ids are random.
    pub async fn create(
        &self,
        account: &AccountId,
        id: &AccessKeyId,
        new: &NewAccessKey,
        now: Timestamp,
        limit: u32,
    ) -> Result<Created, StoreError> {
        let master = match self.master.held() {
            Some(secret) => secret,
            None => self.master.load_or_make(&self.client, &self.table).await?,
        };
        let salt = random();
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item_key(account, id)))
            .item("name", text(&new.name))
            .item("enabled", AttributeValue::Bool(true))
            .item("salt", AttributeValue::B(Blob::new(salt)))
            .item("createdAt", epoch(now))
            .condition_expression("attribute_not_exists(pk)");
        if let Some(end) = new.expires_on {
            // This is not the table's time to live: an expired key is listed until somebody deletes it.
            put = put.item("endsAt", number(end.as_millisecond()));
        }
        let counted = self
            .count(account, 1)
            .condition_expression("attribute_not_exists(accessKeys) OR accessKeys < :limit")
            .expression_attribute_values(":limit", number(limit))
            .build()?;
        let items = vec![
            TransactWriteItem::builder().put(put.build()?).build(),
            TransactWriteItem::builder().update(counted).build(),
        ];
        match transaction::write(&self.client, items, None).await? {
            Ok(()) => Ok(Created::New(secret_key(&master, account, id, &salt))),
            Err(refused) if refused.at(ACCESS_KEYS).is_some() => Ok(Created::TooMany),
            Err(_) => Err(StoreError::Unavailable(
                "the id of a new access key is taken".into(),
            )),
        }
    }
}
