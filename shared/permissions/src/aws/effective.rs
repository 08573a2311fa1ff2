//! What remains of every grant after all layers: worked out table by table, on first need, and kept.

mod candidates;
mod destination;
mod destination_columns;
mod destination_numbers;
mod effective_grant;
mod explain;
mod focus;
mod identity_grants;
mod limits;
mod request;
mod resource_control;
mod resource_grants;
mod resource_side;
mod row_ref;
mod service_runs;
mod single;
mod table;
mod within;

pub(crate) use destination_columns::DestinationColumns;
pub(crate) use explain::explain;
pub(crate) use resource_grants::grants_to_public;
pub(crate) use row_ref::RowRef;
pub(crate) use service_runs::ServiceRun;
pub(crate) use single::{Question, SingleResource};
pub(crate) use table::{Table, TableRow};

use super::data::{Attachment, CompiledDocument, IdVec, Snapshot, Source, TableId, TableSpec};
use super::escalation::{AdministratorPaths, PathsAcross};
use crate::row::AdministratorPath;
use destination_numbers::DestinationNumbers;
use focus::Focus;
use std::sync::{Arc, OnceLock};

/// The effective permissions of a snapshot
///
/// A table is worked out when a query first needs it; all principals of one class share it.
#[derive(Debug)]
pub struct EffectivePermissions {
    snapshot: Arc<Snapshot>,
    /// The one resource that all rows are worked out for, when a query covers one
    focus: Option<Focus>,
    tables: IdVec<TableId, OnceLock<Table>>,
    destinations: DestinationNumbers,
    service_runs: IdVec<TableId, OnceLock<Box<[ServiceRun]>>>,
    administrative: IdVec<TableId, OnceLock<bool>>,
    /// Worked out when a query first asks for it; the same for every resource that a query covers
    administrator_paths: Arc<OnceLock<AdministratorPaths>>,
    /// Of a shard: the paths that lead through other shards
    paths_across: Arc<PathsAcross>,
}

impl From<Snapshot> for EffectivePermissions {
    fn from(snapshot: Snapshot) -> Self {
        Self::new(Arc::new(snapshot), None, Arc::default())
    }
}

impl EffectivePermissions {
    fn new(
        snapshot: Arc<Snapshot>,
        focus: Option<Focus>,
        administrator_paths: Arc<OnceLock<AdministratorPaths>>,
    ) -> Self {
        let tables = snapshot.tables.len();
        Self {
            snapshot,
            focus,
            tables: (0..tables).map(|_| OnceLock::new()).collect(),
            destinations: DestinationNumbers::new(tables),
            service_runs: (0..tables).map(|_| OnceLock::new()).collect(),
            administrative: (0..tables).map(|_| OnceLock::new()).collect(),
            administrator_paths,
            paths_across: Arc::default(),
        }
    }

    /// The effective permissions of a shard, with the paths to administrator that lead through other shards.
    #[must_use]
    pub fn with_paths_across(self, paths: PathsAcross) -> Self {
        Self {
            paths_across: Arc::new(paths),
            ..self
        }
    }
}

impl EffectivePermissions {
    /// The effective permissions on one resource: each row has it as its destination, whatever the policies call it.
    pub(crate) fn covering(&self, resource: &str) -> Self {
        let focus = Focus::new(&self.snapshot, resource);
        let paths = Arc::clone(&self.administrator_paths);
        Self {
            paths_across: Arc::clone(&self.paths_across),
            ..Self::new(Arc::clone(&self.snapshot), Some(focus), paths)
        }
    }

    /// Whether a source can become an administrator, perhaps through other shards.
    pub(crate) fn reaches_administrator(&self, source: &Source) -> bool {
        let id = self.snapshot.source_id(source);
        self.paths_across.of(source).is_some()
            || id.is_some_and(|id| self.administrator_paths().reach(id).is_some())
    }

    /// Which sources can become administrators.
    pub(crate) fn administrator_paths(&self) -> &AdministratorPaths {
        self.administrator_paths
            .get_or_init(|| AdministratorPaths::of(&self.snapshot))
    }

    /// How a source can become an administrator; nothing when it cannot.
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

    /// What a policy grants to a principal class.
    pub(crate) fn table(&self, id: TableId) -> &Table {
        static EMPTY: Table = Table::EMPTY;
        let (Some(cell), Some(spec)) = (self.tables.get(id), self.snapshot.tables.get(id)) else {
            return &EMPTY;
        };
        cell.get_or_init(|| work_out(&self.snapshot, *spec, self.focus.as_ref()))
    }

    /// The number of the destination of each row of a table; equal numbers, equal destinations.
    pub(crate) fn destinations(&self, id: TableId) -> &[u32] {
        self.destinations.of(&self.snapshot, id, self.table(id))
    }

    /// Whether an attached policy allows everything, and what the layers leave of it still makes an administrator: among the
    /// rows that are left is one whose action lets the source give itself more than it has.
    pub(crate) fn is_administrator(&self, attachment: Attachment) -> bool {
        let document = self.snapshot.document_of(attachment);
        if !document.is_some_and(CompiledDocument::full_access) {
            return false;
        }
        let actions = &self.snapshot.actions;
        let leaves_administrative = || {
            let mut rows = self.table(attachment.table).rows.iter();
            rows.any(|row| {
                actions
                    .get(row.action)
                    .is_some_and(|action| action.administrative)
            })
        };
        self.administrative
            .get(attachment.table)
            .is_some_and(|cell| *cell.get_or_init(leaves_administrative))
    }

    /// The rows of a table, divided by service.
    pub(crate) fn service_runs(&self, id: TableId) -> &[ServiceRun] {
        let Some(cell) = self.service_runs.get(id) else {
            return &[];
        };
        cell.get_or_init(|| service_runs::runs(&self.snapshot.actions, self.table(id)))
    }
}

/// Works out what a document grants to a principal class, on one resource when there is a focus.
fn work_out(snapshot: &Snapshot, spec: TableSpec, focus: Option<&Focus>) -> Table {
    let class = snapshot.principal_classes.get(spec.class);
    let (Some(class), Some(document)) = (class, snapshot.documents.get(spec.document)) else {
        return Table::EMPTY;
    };
    match spec.resource {
        None => identity_grants::table(snapshot, class, document, focus),
        Some(id) => match snapshot.resource_policies.get(id) {
            Some(policy) => resource_grants::table(snapshot, class, document, policy, focus),
            None => Table::EMPTY,
        },
    }
}
