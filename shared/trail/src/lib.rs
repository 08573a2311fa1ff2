//! CloudTrail, from log files to events, actions and a policy. The crate is pure.

pub mod actions;
mod arn_format;
mod catalogue;
pub mod comparison;
pub mod completeness;
pub mod denial;
pub mod evidence;
pub mod generation;
pub mod identities;
pub mod last_accessed;
pub mod layout;
pub mod log;
pub mod operations;
pub mod policy;
pub mod principal;
pub mod record;
pub mod scan;
mod service_formats;
pub mod service_level;
pub mod usage;

#[cfg(test)]
mod tests;
