//! Stores bytes larger than an item, which are written once and never changed: a header, and pieces in a partition of
//! their own, or each piece in a partition of its own.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::Permissions;
use crate::item::{Item, epoch, key, number, number_of, text, text_of};
use crate::{StoreError, pieces};

/// Pieces that are changed at once.
const AT_ONCE: usize = 8;

/// This attribute of a header says that each piece has a partition of its own.
const SPREAD: &str = "spread";

/// Copies younger than this may belong to a call that is still going on; a function runs for 15 minutes at most.
const IN_PROGRESS: SignedDuration = SignedDuration::from_hours(1);

/// A copy as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredCopy {
    /// Sort key of the header without the copy, `SNAPSHOT#<id>`.
    pub(super) name: String,
    /// The unique id of the copy.
    pub(super) id: String,
    /// Number of pieces.
    pub(super) pieces: usize,
    /// Says whether each piece has a partition of its own
    is_spread: bool,
    /// Says how the bytes are written, if the writer of the bytes said so
    pub(super) form: Option<String>,
    written: i64,
    expires: Option<i64>,
}

/// Bytes to write as a copy.
pub(super) struct NewCopy<'a> {
    /// Sort key of the header without the copy.
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
    /// Says whether each piece gets a partition of its own, because many functions read the copy at the same moment:
    /// one partition of `DynamoDB` serves 3,000 read units a second, which are 60 pieces.
    ///
    /// Source: Amazon DynamoDB developer guide, "Burst and adaptive capacity".
    pub(super) is_spread: bool,
    pub(super) form: Option<&'a str>,
}

/// Says where the pieces of a copy are
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces<'a> {
    /// The id of the copy
    pub(super) copy: &'a str,
    pub(super) count: usize,
    /// Says whether each piece has a partition of its own
    pub(super) is_spread: bool,
}

impl StoredCopy {
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now.as_second())
    }

    pub(super) fn written_at(&self) -> Timestamp {
        Timestamp::from_second(self.written).unwrap_or(Timestamp::MIN)
    }

    /// Returns where the bytes are.
    pub(super) fn pieces(&self) -> Pieces<'_> {
        Pieces {
            copy: &self.id,
            count: self.pieces,
            is_spread: self.is_spread,
        }
    }

    fn sort_key(&self) -> String {
        format!("{}#{}", self.name, self.id)
    }

    fn read(item: &Item) -> Option<Self> {
        let (name, copy) = text_of(item, "sk")?.rsplit_once('#')?;
        Some(Self {
            name: name.to_owned(),
            id: copy.to_owned(),
            pieces: usize::try_from(number_of(item, "pieces")?).ok()?,
            is_spread: item.contains_key(SPREAD),
            form: text_of(item, "form").map(str::to_owned),
            written: number_of(item, "writtenAt")?,
            expires: number_of(item, "expiresAt"),
        })
    }
}

fn piece_key(account: &AccountId, (copy, is_spread): (&str, bool), piece: usize) -> Item {
    let partition = if is_spread {
        format!("{account}#{copy}#{piece:04}")
    } else {
        format!("{account}#{copy}")
    };
    key(partition, format!("{piece:04}"))
}

impl Permissions {
    /// Writes a new copy, which does not expire. The header comes first: whatever becomes of this call, the pieces
    /// that it wrote can be found.
    pub(super) async fn write_copy(
        &self,
        account: &AccountId,
        new: NewCopy<'_>,
        now: Timestamp,
    ) -> Result<StoredCopy, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a source of randomness, not an id that anybody sees"
        )]
        let random = uuid::Uuid::new_v4();
        let copy = StoredCopy {
            name: new.name.to_owned(),
            id: random.simple().to_string(),
            pieces: pieces::count(new.bytes),
            is_spread: new.is_spread,
            form: new.form.map(str::to_owned),
            written: now.as_second(),
            expires: None,
        };
        let mut header = key(account.as_str(), copy.sort_key());
        header.insert("pieces".to_owned(), number(copy.pieces));
        header.insert("writtenAt".to_owned(), epoch(now));
        if new.is_spread {
            header.insert(SPREAD.to_owned(), AttributeValue::Bool(true));
        }
        header.extend(new.form.map(|form| ("form".to_owned(), text(form))));
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(header))
            .send()
            .await?;
        let key = |piece| piece_key(account, (&copy.id, copy.is_spread), piece);
        let value = (new.bytes, pieces::ATTEMPTS_OF_IMPORT);
        pieces::write(&self.client, &self.table, value, key).await?;
        Ok(copy)
    }

    /// Reads the bytes of a copy; `None` when a piece is missing, because the copy is still being written or already
    /// expires.
    pub(super) async fn read_copy(
        &self,
        account: &AccountId,
        pieces: Pieces<'_>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = |piece| piece_key(account, (pieces.copy, pieces.is_spread), piece);
        pieces::read(&self.client, &self.table, pieces.count, key).await
    }

    /// Returns the copies whose header begins with `name`, the newest first.
    pub(super) async fn copies(
        &self,
        account: &AccountId,
        name: &str,
    ) -> Result<Vec<StoredCopy>, StoreError> {
        let items: Vec<Item> = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :name)")
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":name", text(name))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await?;
        let mut copies: Vec<StoredCopy> = items.iter().filter_map(StoredCopy::read).collect();
        copies.sort_by(|one, other| (other.written, &other.id).cmp(&(one.written, &one.id)));
        Ok(copies)
    }

    /// Lets every copy under these names expire at `expires` that is not in force, is not about to be, and does not
    /// expire already: what `replaced` names at once, others when no call can be at work on them any more.
    ///
    /// The copies are looked up and not only those taken that this call replaced, so that what a call left behind
    /// that ended early goes with the next one.
    pub(super) async fn expire_copies(
        &self,
        account: &AccountId,
        (name, in_force): (&str, &BTreeSet<&str>),
        replaced: &BTreeSet<&str>,
        (now, expires): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let old = now
            .saturating_sub(IN_PROGRESS)
            .unwrap_or(Timestamp::MIN)
            .as_second();
        for copy in self.copies(account, name).await? {
            let is_in_force = in_force.contains(copy.id.as_str());
            let is_over = replaced.contains(copy.id.as_str()) || copy.written < old;
            if !is_in_force && is_over && copy.expires.is_none() {
                self.expire_copy(account, &copy, expires).await?;
            }
        }
        Ok(())
    }

    /// Lets a copy expire, its header last: as long as the header does not expire, the next call tries again.
    pub(super) async fn expire_copy(
        &self,
        account: &AccountId,
        copy: &StoredCopy,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        stream::iter(0..copy.pieces)
            .map(|piece| self.expire_item(piece_key(account, (&copy.id, copy.is_spread), piece), expires))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        self.expire_item(key(account.as_str(), copy.sort_key()), expires)
            .await
    }

    async fn expire_item(&self, key: Item, expires: Timestamp) -> Result<(), StoreError> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .update_expression("SET expiresAt = :expires")
            .expression_attribute_values(":expires", epoch(expires))
            // An update without a condition would make an item for a piece that was never written.
            .condition_expression("attribute_exists(pk)")
            .send()
            .await;
        match updated {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}
