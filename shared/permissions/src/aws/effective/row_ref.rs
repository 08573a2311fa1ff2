//! Refers to a row before it is written out.

use super::EffectivePermissions;
use super::destination_columns::{DestinationColumns, columns};
use super::table::{Table, TableRow};
use crate::aws::data::{Attachment, NO_TYPE, Snapshot, Source};
use crate::row::exceptions::Exceptions;
use inventory::Access;
use jiff::civil::Date;

/// A row of imported accounts, by references to its parts
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRef<'s> {
    pub(crate) effective: &'s EffectivePermissions,
    pub(crate) source: &'s Source,
    pub(crate) attachment: Attachment,
    pub(crate) table: &'s Table,
    pub(crate) row: TableRow,
    /// The UTC day of the search
    pub(crate) today: Date,
}

impl<'s> RowRef<'s> {
    pub(crate) fn snapshot(&self) -> &'s Snapshot {
        self.effective.snapshot()
    }

    /// Returns the name of the action.
    pub(crate) fn action(&self) -> &'s str {
        self.snapshot()
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
        columns(self.snapshot(), self.table, self.row)
    }

    /// Returns the day when the source last used the action.
    pub(crate) fn access(&self) -> Access {
        self.snapshot()
            .access(self.source.usage.as_deref(), self.row.action)
    }
}
