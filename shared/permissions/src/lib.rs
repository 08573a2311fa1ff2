//! Account inventory to a compiled snapshot, queries over it, rows, pages, CSV; pure.

pub mod actions;
pub mod catalogue;
pub mod exceptions;
pub mod export;
pub mod inventory;
pub mod query;
pub mod regions;
pub mod row;
mod rrn;
pub mod snapshot;
pub mod stored;

pub use rrn::rrn;
