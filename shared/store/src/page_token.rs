//! Page tokens: a position that only this API can have made, for this caller and this question.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::OnceCell;

use crate::StoreError;
use crate::item::{Item, key};

/// Format of the tokens; a change of form raises it.
const VERSION: u8 = 1;
/// Bytes of the seal.
const SEAL: usize = 32;

/// A token that was cut, changed, made for another caller or another question, or never was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not valid")]
pub struct InvalidPageToken;

/// The key that seals the tokens of one table: an item of the table, made by the first who needs it.
#[derive(Debug, Default)]
pub(crate) struct PageTokens {
    key: OnceCell<[u8; 32]>,
}

impl PageTokens {
    /// The token of `position`, good only for the same `question` (account, operation, filters).
    pub(crate) async fn seal(
        &self,
        client: &Client,
        table: &str,
        question: &[&str],
        position: &str,
    ) -> Result<String, StoreError> {
        let key = self.key(client, table).await?;
        let mut token = vec![VERSION];
        token.extend_from_slice(&mac(key, question, position).finalize().into_bytes());
        token.extend_from_slice(position.as_bytes());
        Ok(STANDARD.encode(token))
    }

    /// The position of a token made by [`PageTokens::seal`] for the same question.
    pub(crate) async fn open(
        &self,
        client: &Client,
        table: &str,
        question: &[&str],
        token: &str,
    ) -> Result<Result<String, InvalidPageToken>, StoreError> {
        let Some((seal, position)) = parts(token) else {
            return Ok(Err(InvalidPageToken));
        };
        let key = self.key(client, table).await?;
        // Constant time: the seal must not be guessed byte by byte.
        let genuine = mac(key, question, &position).verify_slice(&seal).is_ok();
        Ok(if genuine {
            Ok(position)
        } else {
            Err(InvalidPageToken)
        })
    }

    async fn key(&self, client: &Client, table: &str) -> Result<&[u8; 32], StoreError> {
        self.key.get_or_try_init(|| load_key(client, table)).await
    }
}

fn parts(token: &str) -> Option<(Vec<u8>, String)> {
    let bytes = STANDARD.decode(token).ok()?;
    let (&version, rest) = bytes.split_first()?;
    let (seal, position) = rest.split_at_checked(SEAL)?;
    (version == VERSION).then_some(())?;
    Some((seal.to_vec(), String::from_utf8(position.to_vec()).ok()?))
}

fn mac(key: &[u8; 32], question: &[&str], position: &str) -> Hmac<Sha256> {
    // HMAC pads its key with zeros to the block size of the hash (RFC 2104, section 2).
    let mut block = [0; 64];
    for (byte, key) in block.iter_mut().zip(key) {
        *byte = *key;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in question.iter().copied().chain([position]) {
        // With its length in front no two lists of parts read alike.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

async fn load_key(client: &Client, table: &str) -> Result<[u8; 32], StoreError> {
    let name = || key("PAGE_TOKEN_KEY", "PAGE_TOKEN_KEY");
    let found = client
        .get_item()
        .table_name(table)
        .set_key(Some(name()))
        .consistent_read(true)
        .send()
        .await?;
    if let Some(item) = found.item() {
        return key_of(item);
    }
    let fresh = random();
    let written = client
        .put_item()
        .table_name(table)
        .set_item(Some(name()))
        .item("key", AttributeValue::B(Blob::new(fresh)))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    match written {
        Ok(_) => Ok(fresh),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(lost)) if lost.item().is_some() => {
                key_of(lost.item().unwrap_or(&Item::new()))
            }
            _ => Err(error.into()),
        },
    }
}

fn key_of(item: &Item) -> Result<[u8; 32], StoreError> {
    match item.get("key") {
        Some(AttributeValue::B(blob)) => blob
            .as_ref()
            .try_into()
            .map_err(|error| StoreError::Unreadable(Box::new(error))),
        _ => Err(StoreError::Unreadable(Box::new(InvalidPageToken))),
    }
}

/// 244 random bits from the operating system, by way of two random UUIDs.
#[expect(clippy::disallowed_methods, reason = "a source of randomness, not an id")]
fn random() -> [u8; 32] {
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
