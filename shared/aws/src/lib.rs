//! The only crate that talks S3, STS, CloudTrail, IAM, Cloud Control and Lambda in the caller's account.
//!
//! [`Access`] is who this process is, [`Session`] is an access role of the caller, [`Bucket`] is where a trail's log
//! files are, [`InventoryBucket`] is where the documents of inventories are put, [`Function`] is another function of this stack. What is read is handed on as it comes;
//! nothing is decided here.

mod access;
mod authorization_details;
mod bucket;
mod buckets;
mod cloud_control;
mod credential_report;
mod endpoint;
mod error;
mod event_history;
mod function;
mod inventory_bucket;
mod last_accessed;
mod session;
#[cfg(test)]
mod tests;
mod trails;

pub use access::Access;
pub use authorization_details::AuthorizationDetails;
pub use bucket::{Bucket, Listing};
pub use buckets::{AccountBucket, PublicAccessBlock};
pub use cloud_control::{CloudControl, ListedResource};
pub use error::{AccessError, Cause};
pub use event_history::EventHistory;
pub use function::Function;
pub use inventory_bucket::InventoryBucket;
pub use session::Session;
pub use trails::Trail;
