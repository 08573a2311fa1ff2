//! Refers to the parts of a row before it is written out.

use super::destination_columns::{DestinationColumns, columns};
use super::table::{Table, TableRow};
use crate::aws::data::{Attachment, NO_TYPE, Snapshot, Source};
use crate::row::Key;
use crate::row::exceptions::Exceptions;
use inventory::Access;

/// A row of imported accounts, by references to its parts
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowParts<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) source: &'s Source,
    pub(crate) attachment: Attachment,
    pub(crate) table: &'s Table,
    pub(crate) row: TableRow,
}

impl<'s> RowParts<'s> {
    /// Returns the identity of the row.
    pub(crate) fn key(&self) -> Key<'s> {
        let kind = self.snapshot.actions.resource_type(self.resource_type());
        let policy = self.snapshot.policies.get(self.attachment.policy);
        let entity = self.snapshot.entity_of(self.attachment);
        Key {
            source: &self.source.id,
            action: self.action(),
            dest: self.table.dest(self.row),
            resource_type: kind.map_or("*", |kind| &kind.name),
            policy: policy.map_or("", |policy| &policy.id),
            entity: entity.map_or("", |entity| &entity.id),
            // The id of a user or role shows its kind; a service and a web identity may have the same name.
            source_kind: (!self.source.kind.is_in_id()).then_some(self.source.resource_type()),
        }
    }

    /// Returns the name of the action.
    pub(crate) fn action(&self) -> &'s str {
        self.snapshot
            .actions
            .get(self.row.action)
            .map_or("", |action| &action.name)
    }

    /// Returns the type of the destination; [`NO_TYPE`] when there is none.
    pub(crate) fn resource_type(&self) -> u16 {
        self.table
            .kind(self.row)
            .map_or(NO_TYPE, |kind| kind.resource_type)
    }

    /// Returns what limits or blurs the row.
    pub(crate) fn exceptions(&self) -> Exceptions {
        let kind = self.table.kind(self.row);
        kind.map_or(Exceptions::NONE, |kind| kind.exceptions)
    }

    /// Returns the columns of the destination.
    pub(crate) fn destination(&self) -> DestinationColumns<'s> {
        columns(self.snapshot, self.table, self.row)
    }

    /// Returns the day when the source last used the action.
    pub(crate) fn access(&self) -> Access {
        self.snapshot
            .access(self.source.usage.as_deref(), self.row.action)
    }
}
