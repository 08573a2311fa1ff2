//! `GET /api.prismacloud.io/meta_info` answers what the Python client asks before its first request.

use api::access_keys::Error;
use api::{Reply, Request};
use serde_json::json;

/// Answers what the Python client wants to know before its first request: that there is no other service beside this
/// API, which an empty object says.
///
/// # Errors
/// Those of the operation.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    request.tenant()?;
    Ok(Reply::ok(&json!({})))
}
