//! Tests the crate against a server that speaks the services' wire formats.

mod access;
mod bucket;
mod collection;
mod errors;
mod event_history;
mod function;
mod inventory_bucket;
mod last_accessed;
mod trails;

use crate::{Access, AccessError, Session};
use testkit::server::{Call, Reply, Server, assumed};

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// Returns a session at a server that answers everything but STS like this.
async fn session(answer: impl Fn(&Call) -> Reply + Clone + Send + Sync + 'static) -> (Server, Session) {
    let server = Server::start(move |call: &Call| {
        if call.service() == "sts" {
            assumed()
        } else {
            answer(call)
        }
    })
    .await;
    let session = Access::new(&server.config())
        .assume(ROLE, "policy-generation")
        .await
        .unwrap();
    (server, session)
}

/// Returns the variant's name.
fn kind<T: std::fmt::Debug>(result: Result<T, AccessError>) -> &'static str {
    match result.unwrap_err() {
        AccessError::Denied { .. } => "denied",
        AccessError::NotFound { .. } => "not found",
        AccessError::Throttled { .. } => "throttled",
        AccessError::Unavailable { .. } => "unavailable",
    }
}
