//! Documents in force to the snapshot in force.

use inventory::stored::{StoredInventory, StoredInventoryError};
use inventory::{InventoryError, Merge, MergeError, Part, PartKind, Place};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::account::AccountId;
use model::inventory::{Accepted, Counts, Manifest};
use store::permissions::{NewSnapshot, Published, SnapshotId};
use store::{Permissions, StoreError};

/// Documents taken together, and up to which day they tell.
#[derive(Debug, Default)]
pub(super) struct Compilation {
    merge: Merge,
    documents: usize,
    /// Day of the newest report of last accesses
    last_accessed: Option<Date>,
    /// Day of the newest document
    newest: Option<Date>,
}

/// A snapshot that is not stored yet.
pub(super) struct Compiled {
    bytes: Vec<u8>,
    counts: Counts,
    pub(super) accounts: Vec<String>,
}

/// Why the documents in force cannot be taken together.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A text has gone with the manifest that named it: there is a later one.
    #[error("the manifest has been replaced")]
    Overtaken,
    /// A document that was good once.
    #[error("`{name}`, which is in force, cannot be read any more: {source}")]
    Unreadable {
        /// Name of the document.
        name: String,
        /// What is wrong with it now.
        source: InventoryError,
    },
    /// Documents that went together once.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// More than a snapshot holds.
    #[error("the documents together are too much: {0}")]
    Encode(#[from] StoredInventoryError),
}

impl Compilation {
    /// The documents of the manifest that are in force, but for those that `is_out` names.
    pub(super) async fn of(
        table: &Permissions,
        tenant: &AccountId,
        manifest: &Manifest,
        is_out: impl Fn(&str) -> bool,
    ) -> Result<Self, CompileError> {
        let mut compilation = Self::default();
        let mut documents: Vec<(&str, &Accepted)> =
            manifest.accepted().filter(|(name, _)| !is_out(name)).collect();
        // The newest last: its form of AWS's own policies is in force.
        documents.sort_by_key(|(name, accepted)| (accepted.version.last_modified, *name));
        for (name, accepted) in documents {
            let Some(text) = table.text(tenant, &accepted.text).await? else {
                return Err(CompileError::Overtaken);
            };
            let part = kind(tenant, name).map(|kind| Part::read(kind, &text)).transpose();
            let part = part.map_err(|source| CompileError::Unreadable {
                name: name.to_owned(),
                source,
            })?;
            if let Some(part) = part {
                compilation.add(name, part, accepted.version.last_modified)?;
            }
        }
        Ok(compilation)
    }

    /// Takes in a document that was put at `at`.
    pub(super) fn add(&mut self, name: &str, part: Part, at: Timestamp) -> Result<(), MergeError> {
        let day = at.to_zoned(TimeZone::UTC).date();
        let last_accessed = match &part {
            Part::LastAccessed(report) => report.as_of.or(Some(day)),
            Part::AuthorizationDetails(_) | Part::ResourcePolicies(_) | Part::ServiceControlPolicies(_) => {
                None
            }
        };
        self.merge.add(name, part)?;
        self.documents = self.documents.saturating_add(1);
        self.last_accessed = self.last_accessed.max(last_accessed);
        self.newest = self.newest.max(Some(day));
        Ok(())
    }

    /// The snapshot; `None` without documents.
    ///
    /// Days of last access count up to the day of the newest report, because nobody knows what happened afterwards.
    pub(super) fn finish(self) -> Result<Option<Compiled>, CompileError> {
        let Some(date) = self.last_accessed.or(self.newest) else {
            return Ok(None);
        };
        let inventory = self.merge.finish();
        let accounts: Vec<String> = inventory.accounts().into_iter().map(str::to_owned).collect();
        let details = &inventory.details;
        let resource_policies = inventory.resource_policies.as_ref();
        let counts = Counts {
            accounts: count(accounts.len()),
            users: count(details.users.len()),
            groups: count(details.groups.len()),
            roles: count(details.roles.len()),
            policies: count(details.policies.len()),
            resource_policies: count(resource_policies.map_or(0, |all| all.policies.len())),
        };
        let bytes = StoredInventory { date, inventory }.encode()?;
        Ok(Some(Compiled {
            bytes,
            counts,
            accounts,
        }))
    }
}

/// Brings a snapshot into force; `None` for a revision without documents.
pub(super) async fn publish(
    table: &Permissions,
    tenant: &AccountId,
    compiled: Option<&Compiled>,
    revision: u64,
    now: Timestamp,
) -> Result<Published, StoreError> {
    let Some(compiled) = compiled else {
        return table.withdraw(tenant, revision, now).await;
    };
    let new = NewSnapshot {
        id: &SnapshotId::of(&compiled.bytes),
        bytes: &compiled.bytes,
        counts: compiled.counts,
        revision,
    };
    table.publish(tenant, &new, now).await
}

fn kind(tenant: &AccountId, name: &str) -> Option<PartKind> {
    let place = Place {
        tenant: tenant.as_str(),
        name,
    };
    place.named().map(|named| named.kind)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
