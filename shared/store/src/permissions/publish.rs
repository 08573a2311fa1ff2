//! Brings snapshots into force and retires those that they replace.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::{SignedDuration, Timestamp};
use model::account::AccountId;

use super::copies::{NewCopy, StoredCopy};
use super::parts::{PARTS, PartCopies, StoredSnapshot};
use super::snapshots::{Current, InForce, NewSnapshot, POINTER, Pointer, Published, SNAPSHOTS};
use super::{PartId, Permissions};
use crate::StoreError;
use crate::item::{key, number, text};

/// Says how long a replaced snapshot stays readable: a day, and an hour for calls that have just read the pointer.
///
/// Source: contract of permission search, section 4: page tokens are good for at least 24 hours after a newer
/// snapshot.
const RETIREMENT: SignedDuration = SignedDuration::from_hours(25);

/// Holds what a call has written.
#[derive(Debug, Default)]
struct Written {
    parts: PartCopies,
    /// The snapshot, with the copies of parts that it names
    snapshot: Option<(StoredCopy, PartCopies)>,
}

/// Copies that are no longer of use.
#[derive(Debug, Default)]
struct Replaced {
    snapshots: Vec<String>,
    parts: Vec<String>,
}

impl Replaced {
    fn add_parts(&mut self, parts: PartCopies) {
        self.parts.extend(parts.into_values().map(|part| part.copy));
    }
}

impl Permissions {
    /// Brings a snapshot into force, unless one of the same or a later revision is. Parts that the snapshot in force has are
    /// not written again. The snapshot that is replaced stays readable for a day.
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

    /// Does what [`Permissions::publish`] does, and also replaces a snapshot in force of the same revision that cannot
    /// be read. It takes over none of the parts of that snapshot.
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
        let mut written = Written::default();
        let mut replaced = Replaced::default();
        let published = loop {
            let found = self.pointer(account).await?;
            let in_force = found.as_ref().and_then(|pointer| pointer.in_force.clone());
            let is_ours =
                |(copy, _): &(StoredCopy, _)| in_force.as_ref().is_some_and(|found| found.copy == copy.id);
            if written.snapshot.as_ref().is_some_and(is_ours) {
                // The network lost the reply to the write, and the SDK sent the write again.
                break Published::Now;
            }
            let is_unreadable = in_force
                .as_ref()
                .is_some_and(|found| unreadable == Some(&found.copy));
            let is_overtaken = |pointer: &Pointer| {
                pointer.revision > revision || (pointer.revision == revision && !is_unreadable)
            };
            if found.as_ref().is_some_and(is_overtaken) {
                replaced
                    .snapshots
                    .extend(written.snapshot.take().map(|(copy, _)| copy.id));
                break Published::Overtaken;
            }
            let is_same =
                !is_unreadable && in_force.as_ref().map(|found| &found.snapshot) == new.map(|new| new.id);
            let before = match &in_force {
                Some(found) if !is_same => self.parts_in_force(account, found).await?.unwrap_or_default(),
                Some(_) | None => PartCopies::default(),
            };
            let next = match new {
                _ if is_same => in_force.clone(),
                None => None,
                Some(new) => {
                    let none = PartCopies::default();
                    let kept = if is_unreadable { &none } else { &before };
                    let superseded = self
                        .write_snapshot(account, new, (kept, &mut written), now)
                        .await?;
                    replaced.snapshots.extend(superseded);
                    written.snapshot.as_ref().map(|(copy, _)| InForce {
                        snapshot: new.id.clone(),
                        copy: copy.id.clone(),
                        made_at: now,
                        counts: new.counts,
                        form: Some(new.form.to_owned()),
                    })
                }
            };
            replaced
                .snapshots
                .extend(in_force.filter(|_| !is_same).map(|found| found.copy));
            replaced.add_parts(before);
            let next = Pointer {
                revision,
                in_force: next,
            };
            if self.point(account, &next, found.as_ref()).await? {
                break if is_same {
                    // Somebody else has brought the same contents into force since this copy was written.
                    replaced
                        .snapshots
                        .extend(written.snapshot.take().map(|(copy, _)| copy.id));
                    Published::Unchanged
                } else {
                    Published::Now
                };
            }
        };
        // The copies in force stay.
        replaced.add_parts(written.parts);
        if !replaced.snapshots.is_empty() {
            self.retire(account, &replaced, now).await?;
        }
        Ok(published)
    }

    /// Writes a snapshot that takes over the copies `kept`, and whatever this call has written before. A copy of the snapshot
    /// that names other parts is superseded: it was not brought into force, because somebody else has changed what is.
    async fn write_snapshot(
        &self,
        account: &AccountId,
        new: &NewSnapshot<'_>,
        (kept, written): (&PartCopies, &mut Written),
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let stored: BTreeSet<&PartId> = kept.keys().chain(written.parts.keys()).collect();
        let fresh = self.write_parts(account, new.parts, &stored, now).await?;
        written.parts.extend(fresh);
        let named = new.parts.iter().filter_map(|part| {
            let copy = kept.get(part.id).or_else(|| written.parts.get(part.id))?;
            Some((part.id.clone(), copy.clone()))
        });
        let named: PartCopies = named.collect();
        if written
            .snapshot
            .as_ref()
            .is_some_and(|(_, parts)| *parts == named)
        {
            return Ok(None);
        }
        let name = format!("{SNAPSHOTS}{}", new.id);
        let bytes = StoredSnapshot::encode(new.manifest, &named)?;
        let copy = NewCopy {
            name: &name,
            bytes: &bytes,
            is_spread: false,
            form: Some(new.form),
        };
        let copy = self.write_copy(account, copy, now).await?;
        let superseded = written.snapshot.replace((copy, named));
        Ok(superseded.map(|(copy, _)| copy.id))
    }

    /// Reads the copies of parts that a snapshot in force names; `None` when the snapshot cannot be read.
    async fn parts_in_force(
        &self,
        account: &AccountId,
        in_force: &InForce,
    ) -> Result<Option<PartCopies>, StoreError> {
        let name = format!("{SNAPSHOTS}{}#{}", in_force.snapshot, in_force.copy);
        let Some(copy) = self.copies(account, &name).await?.pop() else {
            return Ok(None);
        };
        let bytes = self.read_copy(account, copy.pieces()).await?;
        Ok(bytes.and_then(|bytes| Some(StoredSnapshot::decode(&bytes)?.parts)))
    }

    /// Lets expire what was replaced. As long as the snapshot in force cannot be read, nobody knows its parts, and no part
    /// expires; a later call does that.
    async fn retire(
        &self,
        account: &AccountId,
        replaced: &Replaced,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let pointer = self.pointer(account).await?;
        let in_force = pointer.and_then(|pointer| pointer.in_force);
        let parts = match &in_force {
            Some(found) => self.parts_in_force(account, found).await?,
            None => Some(PartCopies::default()),
        };
        let expires = now.saturating_add(RETIREMENT).unwrap_or(Timestamp::MAX);
        let snapshots: BTreeSet<&str> = in_force.iter().map(|found| found.copy.as_str()).collect();
        let over = replaced.snapshots.iter().map(String::as_str).collect();
        self.expire_copies(account, (SNAPSHOTS, &snapshots), &over, (now, expires))
            .await?;
        if let Some(parts) = parts {
            let parts: BTreeSet<&str> = parts.values().map(|part| part.copy.as_str()).collect();
            let over = replaced.parts.iter().map(String::as_str).collect();
            self.expire_copies(account, (PARTS, &parts), &over, (now, expires))
                .await?;
        }
        Ok(())
    }

    /// Replaces the pointer if it still is this one. Returns whether it was.
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
                    // One revision can have several copies: a copy that can be read takes the place of one that cannot.
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
