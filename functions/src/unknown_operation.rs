//! Paths and methods that no operation has.

use api::policy_generation::Error;
use api::{Reply, Request};

/// Answers 404 in a body that the clients of every family can read.
///
/// # Errors
/// None.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), _request: Request) -> Result<Reply, Error> {
    Ok(api::unknown_operation())
}
