//! Page tokens are positions that only this API can have made, for this caller and this question.
//!
//! ```text
//! version  the first byte, which names the form
//! key id   of the key that sealed it, in forms that name it
//! seal     HMAC-SHA-256 over the question, the position and, in forms that name the key, what stands before the seal
//! position
//! ```

use aws_sdk_dynamodb::Client;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::secret::{Secret, StoredSecret};

/// Bytes of the seal.
const SEAL: usize = 32;
/// Bytes that name a key.
const KEY_ID: usize = 8;

/// A token that was cut, changed, made for another caller or another question, or never was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not valid")]
pub struct InvalidPageToken;

/// Says how tokens are written.
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

    /// Returns the bytes before the seal.
    fn head(self, key: &Secret) -> Vec<u8> {
        let mut head = vec![self.version()];
        match self {
            Self::Standard => {}
            Self::UrlSafe => head.extend_from_slice(&id_of(key)),
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

    /// Reads the text of a token. Both alphabets refuse unused bits that are set, so that no token has a second
    /// spelling.
    fn decode(self, token: &str) -> Option<Vec<u8>> {
        match self {
            Self::Standard => STANDARD.decode(token),
            Self::UrlSafe => URL_SAFE_NO_PAD.decode(token),
        }
        .ok()
    }
}

/// Seals page tokens. An operator who deletes the item of the key makes the tokens of the old key invalid, as soon as
/// no running function holds it any more.
#[derive(Debug)]
pub(crate) struct PageTokens {
    form: Form,
    key: StoredSecret,
}

/// Returns an id that distinguishes keys and shows nothing of the key.
fn id_of(key: &Secret) -> [u8; KEY_ID] {
    let mut id = [0; KEY_ID];
    for (byte, hashed) in id.iter_mut().zip(Sha256::digest(key.bytes())) {
        *byte = hashed;
    }
    id
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
            key: StoredSecret::new("PAGE_TOKEN_KEY"),
        }
    }

    /// Makes the token of `position`, which is good only for the same `question` (account, operation, filters).
    pub(crate) async fn seal(
        &self,
        client: &Client,
        table: &str,
        question: &[&str],
        position: &str,
    ) -> Result<String, StoreError> {
        let key = match self.key.held() {
            Some(key) => key,
            None => self.key.load_or_make(client, table).await?,
        };
        let mut token = self.form.head(&key);
        let seal = self.mac(&key, question, position).finalize().into_bytes();
        token.extend_from_slice(&seal);
        token.extend_from_slice(position.as_bytes());
        Ok(self.form.encode(&token))
    }

    /// Returns the position of a token that [`PageTokens::seal`] made for the same question.
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
        let is_sealed_by = |key: &Secret| parts.head == self.form.head(key);
        let key = match self.key.held().filter(is_sealed_by) {
            Some(key) => key,
            // Perhaps the key has been replaced since it was read.
            None => self.key.load_or_make(client, table).await?,
        };
        // The comparison takes constant time, so that nobody can guess the seal byte by byte.
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

    fn mac(&self, key: &Secret, question: &[&str], position: &str) -> Hmac<Sha256> {
        let parts: Vec<&[u8]> = question
            .iter()
            .copied()
            .chain([position])
            .map(str::as_bytes)
            .collect();
        let mut mac = key.mac(&parts);
        if self.form == Form::UrlSafe {
            mac.update(&self.form.head(key));
        }
        mac
    }
}
