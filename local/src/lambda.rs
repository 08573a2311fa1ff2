//! Lambda on this machine: the processes of functions, the Runtime API that they ask for events, and the sources of
//! events that are not requests.

pub(crate) mod bucket_events;
mod processes;
pub(crate) mod runtime;
pub(crate) mod streams;
