//! These tests run imports on the embedded database and a bucket in memory.

mod changes;
mod conflicts;
mod reported;
mod requests;
mod unchanged;
mod world;
mod written_shards;
