//! Works out what remains of every grant after all layers, table by table, on first need, and keeps it.

mod action_classes;
mod bounds;
mod common_rows;
mod dest;
mod destination;
mod destination_columns;
mod destination_names;
mod destination_numbers;
mod draft;
mod drafts;
mod effective_grant;
mod explain;
mod focus;
mod identity_grants;
mod layers;
mod layout;
mod limits;
mod request;
mod resource_control;
mod resource_grants;
mod resource_side;
mod row_ref;
mod single;
mod table;
#[cfg(test)]
mod tests;
mod within;

pub(crate) use bounds::Bounds;
pub(crate) use destination_columns::DestinationColumns;
pub(crate) use destination_names::DestinationNames;
pub(crate) use explain::explain;
pub(crate) use resource_grants::grants_to_public;
pub(crate) use row_ref::RowRef;
pub(crate) use single::{Question, SingleResource};
pub(crate) use table::{Table, TableRow};

use super::data::{Attachment, CompiledDocument, DocumentId, IdVec, Snapshot, Source, SourceId, TableId};
use super::escalation::{AdministratorPaths, PathsAcross, Reach};
use crate::row::{AdministratorPath, RowResult};
use destination_numbers::DestinationNumbers;
use drafts::Drafts;
use focus::Focus;
use layers::AllLayers;
use std::sync::{Arc, LazyLock, OnceLock};

/// The effective permissions of a snapshot
///
/// A table is worked out when a query first needs it; all principals of one class share it, and classes for which the
/// layers leave the same.
#[derive(Debug)]
pub struct EffectivePermissions {
    snapshot: Arc<Snapshot>,
    /// The one resource that all rows are worked out for, when a query covers one
    focus: Option<Focus>,
    tables: IdVec<TableId, OnceLock<Option<Arc<Table>>>>,
    drafts: Drafts,
    destinations: DestinationNumbers,
    /// The paths that lead through other shards; only for a shard
    paths_across: Arc<PathsAcross>,
    shared: Arc<Shared>,
}

/// Holds what is worked out when a query first needs it, and what is the same for every resource that a query covers
#[derive(Debug, Default)]
struct Shared {
    layers: AllLayers,
    administrator_paths: OnceLock<AdministratorPaths>,
    /// The sources to which each document grants something
    holders: OnceLock<IdVec<DocumentId, Vec<SourceId>>>,
    destination_names: OnceLock<DestinationNames>,
}

impl From<Snapshot> for EffectivePermissions {
    fn from(snapshot: Snapshot) -> Self {
        Self::new(Arc::new(snapshot), None, Arc::default())
    }
}

impl EffectivePermissions {
    fn new(snapshot: Arc<Snapshot>, focus: Option<Focus>, shared: Arc<Shared>) -> Self {
        Self {
            tables: (0..snapshot.tables.len()).map(|_| OnceLock::new()).collect(),
            drafts: Drafts::default(),
            destinations: DestinationNumbers::default(),
            snapshot,
            focus,
            shared,
            paths_across: Arc::default(),
        }
    }

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
        let focus = Focus::new(&self.snapshot, resource);
        Self {
            paths_across: Arc::clone(&self.paths_across),
            ..Self::new(Arc::clone(&self.snapshot), Some(focus), Arc::clone(&self.shared))
        }
    }

    /// Returns whether all rows are about one resource that a query covers.
    pub(crate) const fn is_covering(&self) -> bool {
        self.focus.is_some()
    }

    /// Returns what the destinations of rows can be called. Rows that are about one covered resource have others.
    pub(crate) fn destination_names(&self) -> &DestinationNames {
        let names = &self.shared.destination_names;
        names.get_or_init(|| DestinationNames::of(&self.snapshot))
    }

    /// Returns how sure it is that a source can become an administrator, also through other shards; `None` when it
    /// cannot.
    pub(crate) fn administrator_reach(&self, source: &Source) -> Option<Reach> {
        let across = self.paths_across.of(source).map(|path| match path.result {
            RowResult::Allowed => Reach::Certain,
            RowResult::Conditional => Reach::Conditional,
        });
        let id = self.snapshot.source_id(source);
        across.max(id.and_then(|id| self.administrator_paths().reach(id)))
    }

    /// Returns which sources can become administrators.
    pub(crate) fn administrator_paths(&self) -> &AdministratorPaths {
        self.shared
            .administrator_paths
            .get_or_init(|| AdministratorPaths::of(&self.snapshot))
    }

    /// Returns the sources that a document grants something to.
    pub(crate) fn holders(&self, document: DocumentId) -> &[SourceId] {
        let holders = self.shared.holders.get_or_init(|| {
            let mut holders: IdVec<DocumentId, Vec<SourceId>> =
                vec![Vec::new(); self.snapshot.documents.len()].into();
            for (source, one) in self.snapshot.sources.with_ids() {
                for attachment in &one.attachments {
                    let policy = self.snapshot.policies.get(attachment.policy);
                    let own = policy.and_then(|policy| holders.get_mut(policy.document));
                    if let Some(own) = own.filter(|own| own.last() != Some(&source)) {
                        own.push(source);
                    }
                }
            }
            holders
        });
        holders.get(document).map_or(&[], Vec::as_slice)
    }

    /// Returns how a source can become an administrator; `None` when it cannot.
    pub(crate) fn administrator_path(&self, source: &Source) -> Option<AdministratorPath> {
        if let Some(path) = self.paths_across.of(source) {
            return Some(path.clone());
        }
        let id = self.snapshot.source_id(source)?;
        self.administrator_paths().path(self, id)
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Returns what a policy grants to a principal class.
    pub(crate) fn table(&self, id: TableId) -> &Table {
        static EMPTY: LazyLock<Table> = LazyLock::new(Table::empty);
        let (Some(cell), Some(spec)) = (self.tables.get(id), self.snapshot.tables.get(id)) else {
            return &EMPTY;
        };
        // Each class has a table for each policy of a resource, and of these policies few are about the covered one.
        let is_elsewhere = |focus: &Focus| spec.resource.is_some_and(|policy| !focus.is_within(policy));
        if self.focus.as_ref().is_some_and(is_elsewhere) {
            return &EMPTY;
        }
        let table = cell.get_or_init(|| {
            let layers = &self.shared.layers;
            self.drafts
                .table(&self.snapshot, layers, *spec, self.focus.as_ref())
        });
        table.as_deref().unwrap_or(&EMPTY)
    }

    /// Returns the number of the destination of each kind of rows of a table. Equal numbers mean equal destinations.
    pub(crate) fn destinations<'t>(&self, table: &'t Table) -> &'t [u32] {
        self.destinations.of(&self.snapshot, table)
    }

    /// Returns whether an attached policy allows everything, and whether what the layers leave of it still makes an
    /// administrator: among the rows that are left is one whose action lets the source give itself more than it has.
    pub(crate) fn is_administrator(&self, attachment: Attachment) -> bool {
        let document = self.snapshot.document_of(attachment);
        document.is_some_and(CompiledDocument::full_access)
            && self
                .table(attachment.table)
                .is_administrative(&self.snapshot.actions)
    }
}
