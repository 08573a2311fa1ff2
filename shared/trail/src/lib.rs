//! CloudTrail: log files, events, events to actions, actions to a policy; pure.

pub mod layout;
pub mod log;
pub mod policy;
pub mod principal;
pub mod record;
pub mod scan;
pub mod usage;
