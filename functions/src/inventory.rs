//! Inventories are the documents about an account's IAM: read, checked, and made into the snapshot that permission
//! search reads.
//!
//! `collect_inventory` reads from AWS and puts documents into the inventory bucket, as people may by hand. Each put
//! starts `import_inventory`. A search that cannot read the snapshot in force starts `recompile_inventory`.

mod candidates;
mod check;
pub mod collect_inventory;
mod compile;
pub mod get_inventory;
pub mod import_inventory;
pub(crate) mod new_snapshot;
pub mod recompile_inventory;

#[cfg(test)]
mod tests;

use aws::{Access, InventoryBucket};
use inventory::ShardSize;
use store::Permissions;

use crate::configuration::{ConfigurationError, required};

/// Opens the table of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn table() -> Result<Permissions, ConfigurationError> {
    let table = required("PERMISSIONS_TABLE")?;
    Ok(Permissions::new(store::connect(), table))
}

/// Reads from the environment how many users and roles a shard of a snapshot holds.
///
/// # Errors
/// [`ConfigurationError`].
pub fn shard_size() -> Result<ShardSize, ConfigurationError> {
    Ok(ShardSize {
        principals: required("MAX_SHARD_PRINCIPALS")?,
        ..ShardSize::default()
    })
}

/// Opens the inventory bucket of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn bucket() -> Result<InventoryBucket, ConfigurationError> {
    let bucket = required("INVENTORY_BUCKET")?;
    Ok(Access::connect().inventory_bucket(bucket))
}
