//! Refers to a row that a query has found.

use crate::aws::EffectivePermissions;
use crate::aws::effective::RowParts;
use jiff::civil::Date;
use std::ops::Deref;

/// A row that a query has found, before it is written out
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRef<'s> {
    pub(super) effective: &'s EffectivePermissions,
    pub(super) parts: RowParts<'s>,
    /// The UTC day of the search
    pub(super) today: Date,
}

impl<'s> Deref for RowRef<'s> {
    type Target = RowParts<'s>;

    fn deref(&self) -> &RowParts<'s> {
        &self.parts
    }
}
