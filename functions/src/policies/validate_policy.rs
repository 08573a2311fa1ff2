//! `POST /policy/validation` validates a policy and stores nothing.

use api::policies::{Error, body, flag};
use api::{Reply, Request};
use ncloud::Finding;
use serde::Serialize;

use super::validated_anew;

/// The reply has no wrapper, and `details` is always present.
#[derive(Serialize)]
struct Validity {
    success: bool,
    details: Vec<Finding>,
}

/// Reports what creating the policy would find, and stores nothing.
///
/// # Errors
/// Those of the operation.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    request.tenant()?;
    let include_info = flag(&request, "includeInfo")?;
    let body = ncloud::parse(body(&request)?)?;
    let report = validated_anew(&request, &body, include_info);
    Ok(Reply::ok(&Validity {
        success: report.success(),
        details: report.into_findings(),
    }))
}
