//! Authorizes requests of Ncloud's clients, by their signature version 2.
//!
//! Source: NAVER Cloud API guide, "Ncloud API: request headers and signature".

use api::{Caller, Reach, Request};
use jiff::{SignedDuration, Timestamp};
use store::access_keys::{Proof, SignedMessages};
use store::{AccessKeys, StoreError};

/// A signature is good for one request, so no answer may be kept.
pub const REACH: Reach = Reach::Method;

/// Says how far the clock of a client may be off, in either direction.
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Returns the account of the key that signed method, URI, time and key id; nobody without a right signature.
///
/// The body is not part of what is signed. So a signature of a request that may change something is used up by it.
///
/// # Errors
/// [`StoreError`].
pub async fn handle(table: &AccessKeys, request: &Request) -> Result<Option<Caller>, StoreError> {
    let now = request.received_at();
    let Some(signed) = Signed::read(request, now) else {
        return Ok(None);
    };
    let proof = Proof::Signature(SignedMessages {
        messages: &signed.messages,
        signature: signed.signature,
    });
    let Some(key) = table.authenticate(signed.access_key, proof, now).await? else {
        return Ok(None);
    };
    let until = signed.at.saturating_add(MOST_SKEW).unwrap_or(Timestamp::MAX);
    let is_read_only = matches!(request.method(), "GET" | "HEAD" | "OPTIONS");
    if !is_read_only
        && !table
            .use_up(&key, signed.signature, request.request_id(), until)
            .await?
    {
        return Ok(None);
    }
    Ok(key.account().map(|account| Caller {
        account,
        access_key: key.to_string(),
    }))
}

/// Holds what the headers say
struct Signed<'r> {
    access_key: &'r str,
    signature: &'r str,
    at: Timestamp,
    /// Says what may have been signed
    messages: Vec<String>,
}

impl<'r> Signed<'r> {
    /// Reads the signature; `None` when a header is missing or given twice, the time cannot be read or is too far off,
    /// or the query is too long.
    fn read(request: &'r Request, now: Timestamp) -> Option<Self> {
        let header = |name| {
            let mut values = request.header_all(name);
            values.next().filter(|_| values.next().is_none())
        };
        let time = header("x-ncp-apigw-timestamp")?;
        let access_key = header("x-ncp-iam-access-key")?;
        let signature = header("x-ncp-apigw-signature-v2")?;
        if !time.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let at = Timestamp::from_millisecond(time.parse().ok()?).ok()?;
        if now.duration_since(at).abs() > MOST_SKEW {
            return None;
        }
        let method = request.method();
        let messages = request
            .sent_uris()?
            .into_iter()
            .map(|uri| format!("{method} {uri}\n{time}\n{access_key}"));
        Some(Self {
            access_key,
            signature,
            at,
            messages: messages.collect(),
        })
    }
}
