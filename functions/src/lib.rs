//! One module per family of operations, one file per operation.
//!
//! A handler reads like the sentence that describes its operation: parse, decide, store, reply. What it may touch
//! is what its state gives it; the binary of the same name in `bin/` makes that state once.

use mimalloc::MiMalloc;

pub mod access_keys;
pub mod access_policies;
pub mod configuration;
pub mod explorer;
pub mod inventory;
pub mod permissions;
pub mod policies;
pub mod policy_generation;
pub mod unknown_operation;

/// A snapshot is compiled with millions of small allocations: with this allocator a shard loads in three quarters of the time
/// (docs/performance.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
