//! Brings together what was worked out of a snapshot: its tables, and who can become an administrator.

use super::data::{Attachment, DocumentId, IdVec, Snapshot, Source, SourceId, TableId};
use super::effective::{DestinationNames, EffectiveTables, KindActions, Table};
use super::escalation::{self, AdministratorPaths, OpenPaths, PathsAcross, PathsByShard, Reach};
use crate::row::{AdministratorPath, RowResult};
use std::sync::{Arc, OnceLock};

/// The effective permissions of a snapshot
///
/// Everything is worked out when a query first needs it, and kept.
#[derive(Debug)]
pub struct EffectivePermissions {
    tables: EffectiveTables,
    /// The paths that lead through other shards; only for a shard
    paths_across: Arc<PathsAcross>,
    shared: Arc<Shared>,
}

/// Holds what is worked out when a query first needs it, and what is the same for every resource that a query covers
#[derive(Debug, Default)]
struct Shared {
    administrator_paths: OnceLock<AdministratorPaths>,
    /// The sources to which each document grants something
    sources_of: OnceLock<IdVec<DocumentId, Vec<SourceId>>>,
    destination_names: OnceLock<DestinationNames>,
}

impl From<Snapshot> for EffectivePermissions {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            tables: snapshot.into(),
            paths_across: Arc::default(),
            shared: Arc::default(),
        }
    }
}

impl EffectivePermissions {
    /// Returns the effective permissions of a shard, with the paths to administrator that lead through other shards.
    #[must_use]
    pub fn with_paths_across(self, paths: PathsAcross) -> Self {
        Self {
            paths_across: Arc::new(paths),
            ..self
        }
    }

    /// Returns the effective permissions on one resource. Each row has this resource as its destination, whatever the
    /// policies call it.
    pub(crate) fn covering(&self, resource: &str) -> Self {
        Self {
            tables: self.tables.covering(resource),
            paths_across: Arc::clone(&self.paths_across),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Returns whether all rows are about one resource that a query covers.
    pub(crate) const fn is_covering(&self) -> bool {
        self.tables.is_covering()
    }

    /// Returns what the destinations of rows can be called. Rows that are about one covered resource have others.
    pub(crate) fn destination_names(&self) -> &DestinationNames {
        let names = &self.shared.destination_names;
        names.get_or_init(|| DestinationNames::of(self.snapshot()))
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        self.tables.snapshot()
    }

    /// Returns what a policy grants to a principal class.
    pub(crate) fn table(&self, id: TableId) -> &Table {
        self.tables.table(id)
    }

    /// Returns the number of the destination of each kind of rows of a table. Equal numbers mean equal destinations.
    pub(crate) fn destinations<'t>(&self, table: &'t Table) -> &'t [u32] {
        self.tables.destinations(table)
    }

    /// Returns the actions of each kind of rows that a table of the same policy can have. Equal numbers mean equal actions.
    pub(crate) fn actions_of_kinds<'t>(&self, table: &'t Table) -> &'t [KindActions] {
        self.tables.actions_of_kinds(table)
    }

    /// Returns whether an attached policy makes an administrator.
    pub(crate) fn is_administrator(&self, attachment: Attachment) -> bool {
        self.tables.is_administrator(attachment)
    }

    /// Returns how sure it is that a source can become an administrator, also through other shards; `None` when it
    /// cannot.
    pub(crate) fn administrator_reach(&self, source: &Source) -> Option<Reach> {
        let across = self.paths_across.of(source).map(|path| match path.result {
            RowResult::Allowed => Reach::Certain,
            RowResult::Conditional => Reach::Conditional,
        });
        let id = self.snapshot().source_id(source);
        across.max(id.and_then(|id| self.administrator_paths().reach(id)))
    }

    /// Returns which sources can become administrators.
    pub(crate) fn administrator_paths(&self) -> &AdministratorPaths {
        self.shared
            .administrator_paths
            .get_or_init(|| AdministratorPaths::of(self.snapshot()))
    }

    /// Returns how a source can become an administrator; `None` when it cannot.
    pub(crate) fn administrator_path(&self, source: &Source) -> Option<AdministratorPath> {
        if let Some(path) = self.paths_across.of(source) {
            return Some(path.clone());
        }
        let id = self.snapshot().source_id(source)?;
        self.administrator_paths().path(&self.tables, id)
    }

    /// Returns what is known of a shard for paths through several shards.
    #[must_use]
    pub fn open_paths(&self) -> OpenPaths {
        OpenPaths::of(self.administrator_paths(), self.snapshot())
    }

    /// Returns the sources that a document grants something to.
    pub(crate) fn sources_of(&self, document: DocumentId) -> &[SourceId] {
        let sources_of = self.shared.sources_of.get_or_init(|| {
            let snapshot = self.snapshot();
            let mut sources_of: IdVec<DocumentId, Vec<SourceId>> =
                vec![Vec::new(); snapshot.documents.len()].into();
            for (source, one) in snapshot.sources.with_ids() {
                for attachment in &one.attachments {
                    let policy = snapshot.policies.get(attachment.policy);
                    let own = policy.and_then(|policy| sources_of.get_mut(policy.document));
                    if let Some(own) = own.filter(|own| own.last() != Some(&source)) {
                        own.push(source);
                    }
                }
            }
            sources_of
        });
        sources_of.get(document).map_or(&[], Vec::as_slice)
    }
}

/// Finds the paths to administrator through several shards, and returns the paths of the sources of one shard after the other. They
/// are put together when they are asked for, so that those of one shard are held at a time. `open` has what is known of each
/// shard. `home` returns the number of the shard of an account. `shard` returns a shard that paths of others lead to: at most two
/// of them are held at a time.
pub fn paths_across(
    open: impl IntoIterator<Item = OpenPaths>,
    home: impl Fn(&str) -> Option<usize>,
    shard: impl Fn(usize) -> Arc<EffectivePermissions>,
) -> PathsByShard {
    escalation::paths_across(open, home, |number, visit| {
        let effective = shard(number);
        visit(effective.administrator_paths(), &effective.tables);
    })
}
