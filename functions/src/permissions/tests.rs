//! The operations through their handlers, on the embedded database.

mod fresh;
mod pages;
mod recompiled;
mod searches;
mod shards;
mod world;
