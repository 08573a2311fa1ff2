//! Says that the rows of a result are not those that a position was made for.

/// The rows or groups up to a position are not those that it was made for, as when another release works out other rows
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rows before the position have changed")]
pub struct Moved;
