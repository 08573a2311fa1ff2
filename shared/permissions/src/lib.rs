//! Account inventory to a compiled snapshot, queries over it, rows, pages, CSV; pure.

pub mod inventory;
