//! Says where a page of rows ends, and whether the rows before this position are still the same.

/// Says where a page ends
///
/// A position holds for one query over the same snapshot and the same own grants. The number of rows before it finds the
/// next row at once, however long the names of resources are; the last row shows whether the position is still the same,
/// should another release of this program work out other rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Rows of the snapshot up to there
    pub of_snapshot: u64,
    /// Rows of own grants up to there
    pub of_own: u64,
    /// Start of the id of the last row
    pub last: u64,
}

/// The rows up to a position are not those that it was made for
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows before the position have changed")]
pub struct Moved;
