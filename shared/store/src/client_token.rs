//! Lets requests take effect once: the transaction of a request remembers the caller's token.
//!
//! There is no mark of a request in progress and no second write, so that no crash can fall between two of them. What
//! failed is not remembered: it may be corrected and sent again under the same token.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::item::{Item, number, number_of, text, text_of};
use crate::transaction::{self, Refused};

/// A token and the request that it is to stand for, as long as it lives.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    table: &'a str,
    key: Item,
    hash: String,
    now: i64,
    expires_at: i64,
}

/// Says what a token stood for when somebody claimed it before, another caller or the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// The same request claimed the token. The text says what the request was about.
    Same(String),
    /// Another request claimed the token. The text says what that request was about.
    Other(String),
}

/// Says what became of a transaction under a claim.
#[derive(Debug)]
pub(crate) enum Written {
    /// The transaction is done.
    Now,
    /// Nothing is done, because the token is taken.
    Before(Earlier),
    /// Nothing is done, because other conditions do not hold.
    Refused(Refused),
}

impl<'a> Claim<'a> {
    /// Makes a claim of the token whose row has that key, for the request with that canonical text.
    pub(crate) fn new(
        table: &'a str,
        key: Item,
        request: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            table,
            key,
            hash: hash(request),
            now: now.as_second(),
            expires_at: expires_at.as_second(),
        }
    }

    /// Reads what the token stands for now, strongly consistent; `None` when the token is free.
    pub(crate) async fn earlier(&self, client: &Client) -> Result<Option<Earlier>, StoreError> {
        let found = client
            .get_item()
            .table_name(self.table)
            .set_key(Some(self.key.clone()))
            .consistent_read(true)
            .send()
            .await?;
        // DynamoDB deletes expired items late: a token past its life counts as absent.
        let is_live = |row: &&Item| number_of(row, "expiresAt").is_some_and(|end| end >= self.now);
        found.item().filter(is_live).map(|row| self.read(row)).transpose()
    }

    fn read(&self, row: &Item) -> Result<Earlier, StoreError> {
        let subject = text_of(row, "subject")
            .ok_or_else(|| StoreError::Unreadable("a client token without its subject".into()))?
            .to_owned();
        Ok(if text_of(row, "hash") == Some(&self.hash) {
            Earlier::Same(subject)
        } else {
            Earlier::Other(subject)
        })
    }

    fn put(&self, subject: &str) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(self.key.clone()))
            .item("hash", text(&self.hash))
            .item("subject", text(subject))
            .item("expiresAt", number(self.expires_at))
            .condition_expression("attribute_not_exists(pk) OR expiresAt < :now")
            .expression_attribute_values(":now", number(self.now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Writes all of the items and the claim, or nothing. `subject` is what a repetition needs to answer as this does.
///
/// The claim goes last, so that the places of the others do not depend on whether there is one.
///
/// # Errors
/// [`StoreError`]. With [`StoreError::Unanswered`] the write may be done or not; a repetition of the request under the
/// same token finds it out.
pub(crate) async fn write(
    client: &Client,
    mut items: Vec<TransactWriteItem>,
    claim: Option<&Claim<'_>>,
    subject: &str,
) -> Result<Written, StoreError> {
    let Some(claim) = claim else {
        return Ok(match transaction::write(client, items, None).await? {
            Ok(()) => Written::Now,
            Err(refused) => Written::Refused(refused),
        });
    };
    let place = items.len();
    items.push(claim.put(subject)?);
    match transaction::write(client, items, Some(place)).await {
        Ok(Ok(())) => Ok(Written::Now),
        Ok(Err(refused)) => match refused.at(place) {
            Some(row) => claim.read(row).map(Written::Before),
            // DynamoDB does not document that every condition that failed is reported, and a repetition must hear
            // of its success, not of a parent that was deleted since or of a limit that the request itself reached.
            None => Ok(match claim.earlier(client).await? {
                Some(earlier) => Written::Before(earlier),
                None => Written::Refused(refused),
            }),
        },
        Err(StoreError::Unanswered(source)) => match claim.earlier(client).await {
            Ok(Some(same @ Earlier::Same(_))) => Ok(Written::Before(same)),
            Ok(_) | Err(_) => Err(StoreError::Unanswered(source)),
        },
        Err(error) => Err(error),
    }
}

/// Returns the SHA-256 of a text, in lower-case hexadecimal digits.
pub(crate) fn hash(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}
