//! Groups rows: a group is one of the distinct combinations of some fields of a result's rows, each with the number of
//! its rows.

mod item;
mod tally;
#[cfg(test)]
mod tests;

pub use item::Item;
pub use tally::{GroupPosition, Groups, TooManyGroups};
pub(crate) use tally::{Key, Tally};
