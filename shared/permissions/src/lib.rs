//! Account inventory to a compiled snapshot, queries over it, rows, CSV; pure.
//!
//! ```text
//! group   groups of rows, and how they are counted
//! row     what a row is, and how it is written
//! aws     effective permissions of imported accounts
//! own     what this stack itself grants, as rows
//! search  what there is to search for, and what could change a result
//! shard   the rows of one or several shards and the own grants in one order
//! ```

pub mod aws;
pub mod group;
pub mod own;
pub mod row;
pub mod search;
pub mod shard;
