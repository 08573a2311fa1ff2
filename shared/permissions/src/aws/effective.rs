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
mod kind_actions;
mod layers;
mod layout;
mod limits;
mod others_bound;
mod request;
mod resource_control;
mod resource_grants;
mod resource_side;
mod row_parts;
mod single;
mod table;
#[cfg(test)]
mod tests;
mod within;

pub(crate) use bounds::Bounds;
pub(crate) use dest::Dests;
pub(crate) use destination_columns::DestinationColumns;
pub(crate) use destination_names::DestinationNames;
pub(crate) use explain::explain;
pub(crate) use kind_actions::KindActions;
pub(crate) use resource_grants::grants_to_public;
pub(crate) use row_parts::RowParts;
pub(crate) use single::{PossibleGrant, SingleResource};
pub(crate) use table::{BodyId, Table, TableRow};

use super::data::{Attachment, CompiledDocument, IdVec, Snapshot, TableId};
use destination_numbers::DestinationNumbers;
use drafts::Drafts;
use focus::Focus;
use kind_actions::AllKindActions;
use layers::AllLayers;
use std::sync::{Arc, LazyLock, OnceLock};

/// The tables of a snapshot
///
/// A table is worked out when a query first needs it; all principals of one class share it, and classes for which the
/// layers leave the same.
#[derive(Debug)]
pub(crate) struct EffectiveTables {
    snapshot: Arc<Snapshot>,
    /// The one resource that all rows are worked out for, when a query covers one
    focus: Option<Focus>,
    tables: IdVec<TableId, OnceLock<Option<Arc<Table>>>>,
    drafts: Drafts,
    destinations: DestinationNumbers,
    actions: AllKindActions,
    /// The layers are the same for every resource that a query covers
    layers: Arc<AllLayers>,
}

impl From<Snapshot> for EffectiveTables {
    fn from(snapshot: Snapshot) -> Self {
        Self::new(Arc::new(snapshot), None, Arc::default())
    }
}

impl EffectiveTables {
    fn new(snapshot: Arc<Snapshot>, focus: Option<Focus>, layers: Arc<AllLayers>) -> Self {
        Self {
            tables: (0..snapshot.tables.len()).map(|_| OnceLock::new()).collect(),
            drafts: Drafts::default(),
            destinations: DestinationNumbers::default(),
            actions: AllKindActions::default(),
            snapshot,
            focus,
            layers,
        }
    }

    /// Returns the tables for one resource. Each row has this resource as its destination, whatever the policies call it.
    pub(crate) fn covering(&self, resource: &str) -> Self {
        let focus = Focus::new(&self.snapshot, resource);
        Self::new(Arc::clone(&self.snapshot), Some(focus), Arc::clone(&self.layers))
    }

    /// Returns whether all rows are about one resource that a query covers.
    pub(crate) const fn is_covering(&self) -> bool {
        self.focus.is_some()
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
            self.drafts
                .table(&self.snapshot, &self.layers, *spec, self.focus.as_ref())
        });
        table.as_deref().unwrap_or(&EMPTY)
    }

    /// Returns the number of the destination of each kind of rows of a table. Equal numbers mean equal destinations.
    pub(crate) fn destinations<'t>(&self, table: &'t Table) -> &'t [u32] {
        self.destinations.of(&self.snapshot, table)
    }

    /// Returns the actions of each kind of rows that a table of the same policy can have.
    pub(crate) fn actions_of_kinds<'t>(&self, table: &'t Table) -> &'t [KindActions] {
        self.actions.of(table)
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
