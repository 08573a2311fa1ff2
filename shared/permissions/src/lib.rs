//! Account inventory to a compiled snapshot, queries over it, rows, pages, CSV; pure.
//!
//! ```text
//! actions    actions and resource types, by number     catalogue the actions of AWS in that form
//! snapshot   policies compiled; what each grants, net of what denies and limits it, worked out on first need
//! query      predicates decided for sources and attachments first, counts shared, pages in total order
//! stack      what this stack itself grants, as rows    search    both in one order
//! row        rows as replies hold them                 export    CSV and NDJSON
//! vocabulary actions, services and clouds that there are, for remarks on queries
//! ```
//!
//! The decision for a single request is `iam::evaluate`; a test over random accounts holds the rows to it. What takes no
//! part in rows is listed in [`snapshot::NOT_EVALUATED`]; `docs/permission-search-semantics.md` tells what a row means.

pub mod actions;
pub mod catalogue;
pub mod exceptions;
pub mod export;
pub mod query;
pub mod regions;
pub mod row;
mod row_id;
mod rrn;
pub mod search;
pub mod snapshot;
pub mod stack;
pub mod vocabulary;

pub use rrn::rrn;
