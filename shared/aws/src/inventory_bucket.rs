//! The bucket of this stack that the documents of inventories are put into.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use jiff::Timestamp;
use model::inventory::ObjectVersion;

use crate::error::AccessError;

const LIST: &str = "list the inventory bucket";
const READ: &str = "read a document of the inventory bucket";
const WRITE: &str = "put a document into the inventory bucket";

/// The inventory bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub struct InventoryBucket {
    client: Client,
    name: String,
}

impl InventoryBucket {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// Lists the keys that start with `prefix`, in the order of the keys, each with the version that is there now.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<(String, ObjectVersion)>, AccessError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .client
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(prefix)
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| AccessError::new(LIST, error))?;
            token = page
                .next_continuation_token
                .filter(|_| page.is_truncated == Some(true));
            found.extend(
                page.contents
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|object| {
                        let version = version(object.e_tag, object.last_modified, object.size)?;
                        Some((object.key?, version))
                    }),
            );
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns the object at `key` as it is now; `None` when there is none.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn read(&self, key: &str) -> Result<Option<(ObjectVersion, Vec<u8>)>, AccessError> {
        let answer = self.client.get_object().bucket(&self.name).key(key).send().await;
        let object = match answer.map_err(|error| AccessError::new(READ, error)) {
            Ok(object) => object,
            Err(AccessError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let version = version(object.e_tag, object.last_modified, object.content_length)
            .ok_or_else(|| AccessError::incomplete(READ))?;
        let body = object
            .body
            .collect()
            .await
            .map_err(|error| AccessError::Unavailable {
                what: READ,
                cause: error.into(),
            })?;
        Ok(Some((version, body.to_vec())))
    }

    /// Puts an object at `key`.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), AccessError> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(|error| AccessError::new(WRITE, error))?;
        Ok(())
    }
}

fn version(e_tag: Option<String>, modified: Option<DateTime>, size: Option<i64>) -> Option<ObjectVersion> {
    Some(ObjectVersion {
        e_tag: e_tag?.trim_matches('"').to_owned(),
        last_modified: Timestamp::from_second(modified?.secs()).ok()?,
        size: u64::try_from(size?).ok()?,
    })
}
