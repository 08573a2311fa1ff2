//! Page tokens: a position that only this API can have made, for this caller and this question.
//!
//! ```text
//! version  the first byte; it tells the forms apart
//! key id   of the key that sealed it, in forms that name it
//! seal     HMAC-SHA-256 over the question, the position and, in forms that name the key, what stands before the seal
//! position
//! ```

use std::sync::Mutex;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::item::{Item, key};

/// Bytes of the seal.
const SEAL: usize = 32;
/// Bytes that name a key.
const KEY_ID: usize = 8;

/// A token that was cut, changed, made for another caller or another question, or never was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not valid")]
pub struct InvalidPageToken;

/// How tokens are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Standard alphabet, padded, as AWS models tokens.
    Standard,
    /// Alphabet of URLs, not padded, with the id of the key.
    UrlSafe,
}

impl Form {
    const fn version(self) -> u8 {
        match self {
            Self::Standard => 1,
            Self::UrlSafe => 2,
        }
    }

    /// What stands before the seal.
    fn head(self, key: &Key) -> Vec<u8> {
        let mut head = vec![self.version()];
        match self {
            Self::Standard => {}
            Self::UrlSafe => head.extend_from_slice(&key.id()),
        }
        head
    }

    const fn length_of_head(self) -> usize {
        match self {
            Self::Standard => 1,
            Self::UrlSafe => 1 + KEY_ID,
        }
    }

    fn encode(self, token: &[u8]) -> String {
        match self {
            Self::Standard => STANDARD.encode(token),
            Self::UrlSafe => URL_SAFE_NO_PAD.encode(token),
        }
    }

    /// Both alphabets refuse bits that stand for nothing, so that no token has a second spelling.
    fn decode(self, token: &str) -> Option<Vec<u8>> {
        match self {
            Self::Standard => STANDARD.decode(token),
            Self::UrlSafe => URL_SAFE_NO_PAD.decode(token),
        }
        .ok()
    }
}

/// The key, made by whoever needs it first and kept in the table.
///
/// Who deletes its item retires it: the next token is sealed with another one, and those of the old one become
/// invalid as soon as no running function holds it any more.
#[derive(Debug)]
pub(crate) struct PageTokens {
    form: Form,
    key: Mutex<Option<Key>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([u8; 32]);

/// The key is a secret.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Tells keys apart without telling anything about them.
    fn id(self) -> [u8; KEY_ID] {
        let mut id = [0; KEY_ID];
        for (byte, hashed) in id.iter_mut().zip(Sha256::digest(self.0)) {
            *byte = hashed;
        }
        id
    }
}

/// A token taken apart.
struct Parts<'t> {
    head: &'t [u8],
    seal: &'t [u8],
    position: &'t str,
}

impl PageTokens {
    pub(crate) const fn new(form: Form) -> Self {
        Self {
            form,
            key: Mutex::new(None),
        }
    }

    /// The token of `position`, good only for the same `question` (account, operation, filters).
    pub(crate) async fn seal(
        &self,
        client: &Client,
        table: &str,
        question: &[&str],
        position: &str,
    ) -> Result<String, StoreError> {
        let key = match self.held() {
            Some(key) => key,
            None => self.load(client, table).await?,
        };
        let mut token = self.form.head(&key);
        let seal = self.mac(&key, question, position).finalize().into_bytes();
        token.extend_from_slice(&seal);
        token.extend_from_slice(position.as_bytes());
        Ok(self.form.encode(&token))
    }

    /// The position of a token made by [`PageTokens::seal`] for the same question.
    pub(crate) async fn open(
        &self,
        client: &Client,
        table: &str,
        question: &[&str],
        token: &str,
    ) -> Result<Result<String, InvalidPageToken>, StoreError> {
        let Some(bytes) = self.form.decode(token) else {
            return Ok(Err(InvalidPageToken));
        };
        let Some(parts) = self.parts(&bytes) else {
            return Ok(Err(InvalidPageToken));
        };
        let is_sealed_by = |key: &Key| parts.head == self.form.head(key);
        let key = match self.held().filter(is_sealed_by) {
            Some(key) => key,
            // Perhaps the key has been replaced since it was read.
            None => self.load(client, table).await?,
        };
        // Constant time: the seal must not be guessed byte by byte.
        let mac = self.mac(&key, question, parts.position);
        let genuine = is_sealed_by(&key) && mac.verify_slice(parts.seal).is_ok();
        Ok(if genuine {
            Ok(parts.position.to_owned())
        } else {
            Err(InvalidPageToken)
        })
    }

    fn parts<'t>(&self, token: &'t [u8]) -> Option<Parts<'t>> {
        let (head, rest) = token.split_at_checked(self.form.length_of_head())?;
        let (seal, position) = rest.split_at_checked(SEAL)?;
        (head.first() == Some(&self.form.version())).then_some(())?;
        Some(Parts {
            head,
            seal,
            position: std::str::from_utf8(position).ok()?,
        })
    }

    fn mac(&self, key: &Key, question: &[&str], position: &str) -> Hmac<Sha256> {
        // HMAC pads its key with zeros to the block size of the hash (RFC 2104, section 2).
        let mut block = [0; 64];
        for (byte, key) in block.iter_mut().zip(key.0) {
            *byte = key;
        }
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in question.iter().copied().chain([position]) {
            // With its length in front no two lists of parts read alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        if self.form == Form::UrlSafe {
            mac.update(&self.form.head(key));
        }
        mac
    }

    /// The key as it was read last. A lock that a panic has poisoned still guards a whole key.
    fn held(&self) -> Option<Key> {
        *self.key.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn load(&self, client: &Client, table: &str) -> Result<Key, StoreError> {
        let key = load_key(client, table).await?;
        *self.key.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(key);
        Ok(key)
    }
}

async fn load_key(client: &Client, table: &str) -> Result<Key, StoreError> {
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
        Ok(_) => Ok(Key(fresh)),
        Err(error) => match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(lost)) if lost.item().is_some() => {
                key_of(lost.item().unwrap_or(&Item::new()))
            }
            _ => Err(error.into()),
        },
    }
}

fn key_of(item: &Item) -> Result<Key, StoreError> {
    match item.get("key") {
        Some(AttributeValue::B(blob)) => blob
            .as_ref()
            .try_into()
            .map(Key)
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
