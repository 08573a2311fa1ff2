//! Stores the documents of an inventory: which are in force, and their texts.
//!
//! Kept here and not only in the bucket: a version that is in force must outlive the broken one that was put over it,
//! and the bucket itself.

use std::collections::BTreeSet;
use std::error::Error;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::{Manifest, StoredText};
use sha2::{Digest, Sha256};

use super::Permissions;
use super::copies::{NewCopy, Pieces};
use crate::item::{bytes_of, key, number, number_of, text, text_of};
use crate::{StoreError, pieces};

const MANIFEST: &str = "MANIFEST";
const DOCUMENTS: &str = "DOCUMENT#";
const MANIFESTS: &str = "MANIFEST-COPY#";

/// Bytes of a manifest that its item holds; a larger one is a copy in pieces. An item holds 400 KB in all.
const LARGEST_VALUE: usize = 350_000;

/// Says how long the text of a document stays after it is no longer in force. That is longer than anybody works with
/// the manifest that names it.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// Says which version of the manifest was read. A new manifest must be based on this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManifestVersion(Option<i64>);

/// Returns what distinguishes texts: SHA-256, in hexadecimal digits.
#[must_use]
pub fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

/// Makes the error for a value that cannot be written or read.
pub(super) fn unreadable(error: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Unreadable(error.into())
}

/// Describes the pieces of such a copy.
fn pieces_of(copy: &str, count: usize) -> Pieces<'_> {
    Pieces {
        copy,
        count,
        is_spread: false,
    }
}

/// Makes a copy of bytes whose form never changes, and that one reader reads at a time.
fn copy_of<'a>(name: &'a str, bytes: &'a [u8]) -> NewCopy<'a> {
    NewCopy {
        name,
        bytes,
        is_spread: false,
        form: None,
    }
}

impl Permissions {
    /// Reads the documents of a tenant, strongly consistent; none when the tenant never had one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn manifest(&self, account: &AccountId) -> Result<(Manifest, ManifestVersion), StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(account.as_str(), MANIFEST)))
            .consistent_read(true)
            .send()
            .await?;
        let Some(item) = found.item else {
            return Ok((Manifest::default(), ManifestVersion(None)));
        };
        let value = match (text_of(&item, "copy"), number_of(&item, "pieces")) {
            (Some(copy), Some(pieces)) => {
                let pieces = usize::try_from(pieces).map_err(unreadable)?;
                let copy = self.read_copy(account, pieces_of(copy, pieces)).await?;
                copy.ok_or_else(|| unreadable("a piece of the manifest is missing"))?
            }
            _ => bytes_of(&item, "value").to_vec(),
        };
        let json = pieces::decompress(&value).map_err(unreadable)?;
        let manifest = serde_json::from_slice(&json).map_err(unreadable)?;
        Ok((manifest, ManifestVersion(number_of(&item, "version"))))
    }

    /// Replaces the documents of a tenant if nobody else has since `seen` was read. Returns whether it did. Texts that
    /// the new manifest does not name any more expire.
    ///
    /// # Errors
    /// [`StoreError`]; then it may be replaced or not.
    pub async fn replace_manifest(
        &self,
        account: &AccountId,
        manifest: &Manifest,
        seen: ManifestVersion,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let json = serde_json::to_vec(manifest).map_err(unreadable)?;
        let value = pieces::compress(&json).map_err(unreadable)?;
        let next = seen.0.unwrap_or_default().saturating_add(1);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key(account.as_str(), MANIFEST)))
            .item("version", number(next));
        let mut copies = Vec::new();
        let put = if value.len() > LARGEST_VALUE {
            let copy = self
                .write_copy(account, copy_of(&format!("{MANIFESTS}{next}"), &value), now)
                .await?;
            let put = put
                .item("copy", text(&*copy.id))
                .item("pieces", number(copy.pieces));
            copies.push(copy.id);
            put
        } else {
            put.item("value", AttributeValue::B(Blob::new(value)))
        };
        let put = match seen.0 {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(seen)),
        };
        if let Err(error) = put.send().await {
            return match error.as_service_error() {
                // The network may also have lost the reply to this call's own write: the next attempt finds it done.
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(error.into()),
            };
        }
        let in_force: BTreeSet<&str> = manifest
            .accepted()
            .map(|(_, accepted)| accepted.text.copy.as_str())
            .collect();
        let none = BTreeSet::new();
        let expires = now.saturating_add(GRACE).unwrap_or(Timestamp::MAX);
        self.expire_copies(account, (DOCUMENTS, &in_force), &none, (now, expires))
            .await?;
        let copies: BTreeSet<&str> = copies.iter().map(String::as_str).collect();
        self.expire_copies(account, (MANIFESTS, &copies), &none, (now, expires))
            .await?;
        Ok(true)
    }

    /// Keeps a text, for a manifest to name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_text(
        &self,
        account: &AccountId,
        digest: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<StoredText, StoreError> {
        let bytes = pieces::compress(text.as_bytes()).map_err(unreadable)?;
        let name = format!("{DOCUMENTS}{digest}");
        let copy = self.write_copy(account, copy_of(&name, &bytes), now).await?;
        Ok(StoredText {
            copy: copy.id,
            pieces: copy.pieces,
        })
    }

    /// Reads a text that a manifest names; `None` when a later manifest does not name it any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn text(&self, account: &AccountId, text: &StoredText) -> Result<Option<String>, StoreError> {
        let Some(bytes) = self
            .read_copy(account, pieces_of(&text.copy, text.pieces))
            .await?
        else {
            return Ok(None);
        };
        let text = pieces::decompress(&bytes).map_err(unreadable)?;
        String::from_utf8(text).map(Some).map_err(unreadable)
    }
}
