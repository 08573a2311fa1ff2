//! Snapshots are immutable: one of them is in force, and the replaced ones can be read for a day.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;
use model::inventory::Counts;
use serde::{Deserialize, Serialize};

use super::copies::{NewCopy, StoredCopy};
use super::{Permissions, SnapshotId};
use crate::StoreError;
use crate::item::{key, number, text};

/// How long a replaced snapshot stays readable: a day, and an hour for those who have just read the pointer.
///
/// Source: contract of permission search, section 4: page tokens are good for at least 24 hours after a newer
/// snapshot.
const RETIREMENT: SignedDuration = SignedDuration::from_hours(25);

/// A snapshot to bring into force.
#[derive(Debug, Clone, Copy)]
pub struct NewSnapshot<'a> {
    /// [`SnapshotId::of`] the bytes.
    pub id: &'a SnapshotId,
    /// What is stored, compressed by whoever made it.
    pub bytes: &'a [u8],
    /// How the bytes are written: a program reads the form that it writes, and no other.
    pub form: &'a str,
    /// What it holds.
    pub counts: Counts,
    /// Revision of the inventory that it was made from, from 1 up: a snapshot never replaces one of the same or a
    /// later revision.
    pub revision: u64,
}

/// The snapshot in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The id of the snapshot.
    pub id: SnapshotId,
    /// When it came into force.
    pub made_at: Timestamp,
    /// What it holds.
    pub counts: Counts,
    /// Revision of the inventory that it was made from.
    pub revision: u64,
    /// How its bytes are written; `None` where an earlier release did not say so.
    pub form: Option<String>,
    /// Which copy of it.
    pub(super) copy: String,
}

/// A snapshot that was replaced, or that is in force in a copy that cannot be read, in another copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// The id of the snapshot.
    pub id: SnapshotId,
    /// When it was written.
    pub written_at: Timestamp,
}

/// The outcome of an attempt to bring a snapshot into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is in force, by this call.
    Now,
    /// It was in force before; nothing has changed but the revision.
    Unchanged,
    /// One of the same or a later revision is in force.
    Overtaken,
}

/// The item that decides; without a snapshot after the last document was taken away, so that a late import of an
/// earlier revision does not bring it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pointer {
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force: Option<InForce>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InForce {
    snapshot: SnapshotId,
    copy: String,
    made_at: Timestamp,
    counts: Counts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
}

const POINTER: &str = "CURRENT";
const SNAPSHOTS: &str = "SNAPSHOT#";

impl Permissions {
    /// The snapshot in force: one strongly consistent read of one small item. `None` when nothing was imported.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn current(&self, account: &AccountId) -> Result<Option<Current>, StoreError> {
        let Some(pointer) = self.pointer(account).await? else {
            return Ok(None);
        };
        Ok(pointer.in_force.map(|found| Current {
            id: found.snapshot,
            made_at: found.made_at,
            counts: found.counts,
            revision: pointer.revision,
            form: found.form,
            copy: found.copy,
        }))
    }

    /// The latest revision of the inventory of which a snapshot was made, or which was found to be empty; 0 when there
    /// was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published_revision(&self, account: &AccountId) -> Result<u64, StoreError> {
        Ok(self.pointer(account).await?.map_or(0, |pointer| pointer.revision))
    }

    /// The bytes of a snapshot, in force or replaced not long ago: one query for the place, then the pieces at once.
    /// `None` when it is retired or never was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn snapshot(
        &self,
        account: &AccountId,
        id: &SnapshotId,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        for copy in self.copies(account, &format!("{SNAPSHOTS}{id}#")).await? {
            if copy.is_expired(now) {
                continue;
            }
            // A copy that is still being written is newer than the whole one behind it.
            if let Some(bytes) = self.read_copy(account, &copy.id, copy.pieces).await? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// The snapshots of a form that are still readable, the newest first: what a search can go on with while the one in
    /// force cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn former(
        &self,
        account: &AccountId,
        form: &str,
        now: Timestamp,
    ) -> Result<Vec<Former>, StoreError> {
        let copies = self.copies(account, SNAPSHOTS).await?.into_iter();
        let readable = copies.filter(|copy| !copy.is_expired(now) && copy.form.as_deref() == Some(form));
        let former = readable.filter_map(|copy| {
            Some(Former {
                id: copy.name.strip_prefix(SNAPSHOTS)?.parse().ok()?,
                written_at: copy.written_at(),
            })
        });
        Ok(former.collect())
    }

    /// Brings a snapshot into force, unless one of the same or a later revision is. The one that it replaces stays
    /// readable for a day.
    ///
    /// # Errors
    /// [`StoreError`]; then it may be in force or not, and the call may be repeated.
    pub async fn publish(
        &self,
        account: &AccountId,
        new: &NewSnapshot<'_>,
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        self.flip(account, new.revision, (Some(new), None), now).await
    }

    /// As [`Permissions::publish`], and also in the place of a snapshot of the same revision that cannot be read, as long
    /// as it is in force.
    ///
    /// # Errors
    /// [`StoreError`]; then it may be in force or not, and the call may be repeated.
    pub async fn publish_anew(
        &self,
        account: &AccountId,
        new: &NewSnapshot<'_>,
        unreadable: &Current,
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        self.flip(account, new.revision, (Some(new), Some(&unreadable.copy)), now)
            .await
    }

    /// Leaves no snapshot in force, because revision `revision` of the inventory is empty.
    ///
    /// # Errors
    /// [`StoreError`]; then the call may be repeated.
    pub async fn withdraw(
        &self,
        account: &AccountId,
        revision: u64,
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        self.flip(account, revision, (None, None), now).await
    }

    async fn flip(
        &self,
        account: &AccountId,
        revision: u64,
        (new, unreadable): (Option<&NewSnapshot<'_>>, Option<&str>),
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        let mut written: Option<StoredCopy> = None;
        let mut replaced: Vec<String> = Vec::new();
        let published = loop {
            let found = self.pointer(account).await?;
            let in_force = found.as_ref().and_then(|pointer| pointer.in_force.clone());
            let is_ours = |copy: &StoredCopy| in_force.as_ref().is_some_and(|found| found.copy == copy.id);
            if written.as_ref().is_some_and(is_ours) {
                // The network lost the answer to the write, which the SDK then sent again.
                break Published::Now;
            }
            let is_unreadable = in_force
                .as_ref()
                .is_some_and(|found| unreadable == Some(&found.copy));
            let is_overtaken = |pointer: &Pointer| {
                pointer.revision > revision || (pointer.revision == revision && !is_unreadable)
            };
            if found.as_ref().is_some_and(is_overtaken) {
                replaced.extend(written.take().map(|copy| copy.id));
                break Published::Overtaken;
            }
            let is_same =
                !is_unreadable && in_force.as_ref().map(|found| &found.snapshot) == new.map(|new| new.id);
            let next = match new {
                _ if is_same => in_force.clone(),
                None => None,
                Some(new) => {
                    if written.is_none() {
                        let name = format!("{SNAPSHOTS}{}", new.id);
                        let copy = NewCopy {
                            name: &name,
                            bytes: new.bytes,
                            form: Some(new.form),
                        };
                        written = Some(self.write_copy(account, copy, now).await?);
                    }
                    written.as_ref().map(|copy| InForce {
                        snapshot: new.id.clone(),
                        copy: copy.id.clone(),
                        made_at: now,
                        counts: new.counts,
                        form: Some(new.form.to_owned()),
                    })
                }
            };
            replaced.extend(in_force.filter(|_| !is_same).map(|found| found.copy));
            let next = Pointer {
                revision,
                in_force: next,
            };
            if self.point(account, &next, found.as_ref()).await? {
                break if is_same {
                    // Somebody else has brought the same contents into force since this copy was written.
                    replaced.extend(written.take().map(|copy| copy.id));
                    Published::Unchanged
                } else {
                    Published::Now
                };
            }
        };
        if !replaced.is_empty() {
            self.retire(account, &replaced, now).await?;
        }
        Ok(published)
    }

    async fn retire(
        &self,
        account: &AccountId,
        replaced: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pointer = self.pointer(account).await?;
        let in_force = pointer
            .and_then(|pointer| pointer.in_force)
            .map(|found| found.copy);
        let in_force: Vec<&str> = in_force.iter().map(String::as_str).collect();
        let replaced: Vec<&str> = replaced.iter().map(String::as_str).collect();
        let expires = now.saturating_add(RETIREMENT).unwrap_or(Timestamp::MAX);
        self.expire_copies(account, (SNAPSHOTS, &in_force), &replaced, (now, expires))
            .await
    }

    async fn pointer(&self, account: &AccountId) -> Result<Option<Pointer>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(account.as_str(), POINTER)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(found.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// Replaces the pointer if it still is this one; tells whether it was.
    async fn point(
        &self,
        account: &AccountId,
        next: &Pointer,
        before: Option<&Pointer>,
    ) -> Result<bool, StoreError> {
        let mut item = key(account.as_str(), POINTER);
        item.extend(serde_dynamo::to_item::<_, crate::item::Item>(next)?);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => {
                let put = put.expression_attribute_values(":before", number(before.revision));
                match &before.in_force {
                    None => put.condition_expression("revision = :before AND attribute_not_exists(inForce)"),
                    // Of one revision there can be several copies: one that can be read takes the place of one that cannot.
                    Some(found) => put
                        .condition_expression("revision = :before AND inForce.#copy = :copy")
                        .expression_attribute_names("#copy", "copy")
                        .expression_attribute_values(":copy", text(&*found.copy)),
                }
            }
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(error.into()),
            },
        }
    }
}
