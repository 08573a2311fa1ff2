//! Finds out whose access key a client presents.
//!
//! An unknown id, a wrong secret, a disabled key and an expired one take the same reads and the same computations,
//! and have the same outcome. Nobody can find out ids by watching answers or the time that they take.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, Unit};
use model::access_keys::AccessKeyId;
use model::account::AccountId;
use sha2::Sha256;

use super::{AccessKeys, SecretKey, Stored, item_key, read, was_there};
use crate::StoreError;
use crate::item::epoch;
use crate::secret::Secret;

/// Says what secrets of keys are derived for; other derivations from the master secret have other first parts.
const SECRET_KEY: &[u8] = b"secret of an access key";

/// Says what a client shows for its right to use a key
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The secret itself
    Secret(PresentedSecret<'a>),
    /// A signature made with the secret
    Signature(SignedMessages<'a>),
}

/// A secret as a client sent it; its text is in no debug output
#[derive(Clone, Copy)]
pub struct PresentedSecret<'a>(pub &'a str);

impl std::fmt::Debug for PresentedSecret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedSecret")
    }
}

/// HMAC-SHA-256 with the secret's text as key, over one of several messages
#[derive(Debug, Clone, Copy)]
pub struct SignedMessages<'a> {
    /// Says what the client can have signed: texts that stand for the same request
    pub messages: &'a [String],
    /// The signature, in base64
    pub signature: &'a str,
}

impl AccessKeys {
    /// Returns the id of the key, when `id` is the id of an enabled key that has not expired and the proof is right.
    /// Notes the hour of this use, at most one write an hour.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn authenticate(
        &self,
        id: &str,
        proof: Proof<'_>,
        now: Timestamp,
    ) -> Result<Option<AccessKeyId>, StoreError> {
        let Some(master) = self.master().await? else {
            // Nobody has made a key yet.
            return Ok(None);
        };
        let named = id.parse::<AccessKeyId>().ok();
        let named = named.and_then(|id| Some((id.account()?, id)));
        let is_named = named.is_some();
        let (account, id) = match named {
            Some(named) => named,
            None => nobody().ok_or_else(|| StoreError::Unavailable("no id for nobody".into()))?,
        };
        let stored = self.stored(&account, &id).await?;
        let salt = stored
            .as_ref()
            .map_or(&[] as &[u8], |stored| stored.salt.as_slice());
        let is_right = proof.is_right(&secret_key(&master, &account, &id, salt));
        let Some(stored) = stored.filter(|stored| is_named && is_right && is_usable(stored, now)) else {
            return Ok(None);
        };
        let is_noted = self.note_use(&account, &stored, now).await?;
        Ok(is_noted.then_some(id))
    }

    /// Returns whether the key of a login token may still be used, so that the token may be replaced by a new one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_usable(&self, id: &AccessKeyId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(account) = id.account() else {
            return Ok(false);
        };
        let Some(stored) = self.stored(&account, id).await? else {
            return Ok(false);
        };
        if !is_usable(&stored, now) {
            return Ok(false);
        }
        self.note_use(&account, &stored, now).await
    }

    async fn stored(&self, account: &AccountId, id: &AccessKeyId) -> Result<Option<Stored>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item_key(account, id)))
            .consistent_read(true)
            .send()
            .await?;
        found.item().map(read).transpose()
    }

    /// Notes the use of a key; returns `false` when the key was deleted in the meantime.
    async fn note_use(
        &self,
        account: &AccountId,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hour = now
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Hour)
                    .mode(jiff::RoundMode::Trunc),
            )
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        if stored.key.last_used.is_some_and(|noted| noted >= hour) {
            return Ok(true);
        }
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item_key(account, &stored.key.id)))
            .update_expression("SET lastUsed = :hour")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":hour", epoch(hour))
            .send()
            .await;
        was_there(written)
    }
}

fn is_usable(stored: &Stored, now: Timestamp) -> bool {
    stored.key.status.is_enabled() && stored.key.expires_on.is_none_or(|end| now < end)
}

/// Returns a key that nobody has, which is looked up in the place of a text that is not an id.
fn nobody() -> Option<(AccountId, AccessKeyId)> {
    let account: AccountId = "000000000000".parse().ok()?;
    let id = AccessKeyId::new(&account, uuid::Uuid::nil());
    Some((account, id))
}

fn secret_mac(master: &Secret, account: &AccountId, id: &AccessKeyId, salt: &[u8]) -> Hmac<Sha256> {
    let (account, id) = (account.as_str(), id.to_string());
    master.mac(&[SECRET_KEY, account.as_bytes(), id.as_bytes(), salt])
}

pub(super) fn secret_key(master: &Secret, account: &AccountId, id: &AccessKeyId, salt: &[u8]) -> SecretKey {
    let secret = secret_mac(master, account, id, salt).finalize().into_bytes();
    SecretKey(STANDARD.encode(secret))
}

impl Proof<'_> {
    /// Takes as long for a wrong proof as for a right one.
    fn is_right(&self, secret: &SecretKey) -> bool {
        match self {
            Self::Secret(PresentedSecret(presented)) => bool::from(subtle::ConstantTimeEq::ct_eq(
                secret.0.as_bytes(),
                presented.as_bytes(),
            )),
            Self::Signature(signed) => {
                let signature = STANDARD.decode(signed.signature).unwrap_or_default();
                let is_of = |message: &String| {
                    // HMAC takes keys of any length.
                    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()) else {
                        return false;
                    };
                    mac.update(message.as_bytes());
                    mac.verify_slice(&signature).is_ok()
                };
                // Every message is tried, so that the time does not say which one was signed.
                signed
                    .messages
                    .iter()
                    .fold(false, |found, message| found | is_of(message))
            }
        }
    }
}
