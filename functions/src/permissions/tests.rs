//! The operations through their handlers, on the embedded database.

mod fresh;
mod pages;
mod recompiled;
mod release_before;
mod search_over_shards;
mod searches;
mod shards_in_memory;
mod world;
