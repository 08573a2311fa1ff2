//! The operations through their handlers, on the embedded database.

mod fresh;
mod pages;
mod recompiled;
mod release_before;
mod searches;
mod several_shards;
mod world;
