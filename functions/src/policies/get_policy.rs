//! `GET /policies/{policyId}` returns a policy.

use api::policies::{Error, flag};
use api::{Reply, Request};
use model::policies::{GetPolicyReply, IfNoneMatch};
use serde_json::value::RawValue;
use store::Policies;

use super::{policy_id, with_version};

/// Reads a policy, with its permissions if they are wanted; nothing when the caller has this version already.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let with_permissions = flag(&request, "withPermissions")?;
    let if_none_match = IfNoneMatch::from_header(request.header("if-none-match"))?;
    let Some(policy) = table.policy(&tenant, &id, with_permissions).await? else {
        return Err(Error::UnknownPolicy { id });
    };
    if if_none_match.has(policy.version) {
        return Ok(with_version(Reply::empty(304), policy.version));
    }
    // The policy is stored as JSON and goes into the reply as it is.
    let permissions = policy
        .permissions
        .filter(|_| with_permissions)
        .map(RawValue::from_string)
        .transpose()
        .map_err(|error| Error::Unexpected { source: error.into() })?;
    let reply = GetPolicyReply::new(&tenant, policy.summary, permissions);
    Ok(with_version(Reply::ok(&reply), policy.version))
}
