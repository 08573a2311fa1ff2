//! The only crate that knows Lambda and HTTP: requests, identity, replies, error mappings, logs.
//!
//! A binary is one call of [`serve`], of [`consume`] when a table's stream feeds it, or of [`consume_events`] for
//! notifications of a bucket and schedules. Handlers see a [`Request`] and answer a [`Reply`] or their family's error,
//! whose [`Failure`] implementation is the one place that knows its status, headers and body.
//!
//! Two parts of the usual stack are left out on purpose. `lambda_http::run` builds a URI of the host and the path
//! that a client sent and panics on odd ones, and the event types of `lambda_http::aws_lambda_events` refuse an
//! event as a whole for one header that they cannot read; both are a bare 502 for the caller. A [`Request`] is
//! the event as JSON instead, in which what is missing, null or of another type is absent.

pub mod access_keys;
pub mod access_policies;
mod authorizer;
mod cause;
mod clock;
#[cfg(test)]
mod documented;
mod events;
mod failure;
#[cfg(test)]
mod in_lambda;
mod invocation;
mod logs;
mod panics;
pub mod permissions;
pub mod policies;
pub mod policy_generation;
mod prisma_cloud;
mod reply;
mod request;
mod serve;
pub mod stream;
mod unknown_operation;

pub use authorizer::{Caller, Reach, authorize};
pub use cause::Cause;
pub use clock::now;
pub use events::{Event, Unprocessed, consume_events};
pub use failure::Failure;
pub use invocation::{Metric, about, measure, on_behalf_of};
pub use lambda_runtime::Error;
pub use reply::Reply;
pub use request::{Parameter, ParameterError, Request, Unidentified};
pub use serve::serve;
pub use stream::consume;
pub use unknown_operation::unknown_operation;
