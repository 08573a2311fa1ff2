//! CloudTrail: log files, events, events to actions, actions to a policy; pure.

pub mod completeness;
pub mod evidence;
pub mod generation;
pub mod layout;
pub mod log;
pub mod policy;
pub mod principal;
pub mod record;
pub mod reference;
pub mod scan;
pub mod service_level;
pub mod usage;
