//! `PUT /policies/{policyId}` replaces a policy.

use api::policies::{Error, body, flag};
use api::{Reply, Request};
use model::policies::{IfMatch, WritePolicyReply};
use ncloud::Policy;
use store::Policies;
use store::policies::{Replaced, StoredPolicy};

use super::{content, permissions, policy_id, validated, with_version};

/// Replaces a policy as a whole, when it has no faults; with `includeInfo=true` the reply says what the change
/// adds to access and removes from it.
///
/// The difference is to exactly the policy that this write replaced, which the write itself hands back.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let if_match = IfMatch::from_header(request.header("if-match"))?;
    replace(table, &request, body(&request)?, &if_match).await
}

/// Replaces the policy of the request by what a body says.
pub(super) async fn replace(
    table: &Policies,
    request: &Request,
    body: &[u8],
    if_match: &IfMatch,
) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(request)?);
    let include_info = flag(request, "includeInfo")?;
    let body = ncloud::parse(body)?;
    let report = validated(&body, include_info);
    let Some(policy) = report.policy() else {
        return Ok(Reply::ok(&WritePolicyReply::refused(&report.into_findings())));
    };
    let permissions = permissions(&policy)?;
    let write = request.mint().to_string();
    let replaced = table
        .replace(&tenant, &id, content(&policy, &permissions), if_match, &write)
        .await?;
    let (version, before) = match replaced {
        Replaced::Now { version, before } => (version, before),
        Replaced::Unknown => return Err(Error::UnknownPolicy { id }),
        Replaced::SystemManaged => return Err(Error::SystemManaged),
        Replaced::OtherVersion => return Err(Error::OtherVersion),
    };
    let stored = before.filter(|_| include_info).and_then(restored);
    let report = match &stored {
        Some(stored) => report.compared_with(stored),
        None => report,
    };
    let findings = report.into_findings();
    let reply = WritePolicyReply::stored(&id, policy.name(), policy.description(), &findings);
    Ok(with_version(Reply::ok(&reply), version))
}

/// Restores the stored policy; `None` when the stored permissions cannot be read: the write is done, and no remark is
/// worth an error.
fn restored(stored: StoredPolicy) -> Option<Policy> {
    let permissions = serde_json::from_str(stored.permissions.as_deref()?).ok()?;
    Some(Policy::restore(
        stored.summary.policy_name,
        stored.summary.policy_desc,
        permissions,
    ))
}
