//! `POST /policies` creates a policy.

use api::policies::{Error, body, flag, mint};
use api::{Reply, Request};
use model::policies::WritePolicyReply;
use store::Policies;
use store::policies::Created;

use super::{content, permissions, validated_anew, with_version};

/// Most policies of an account. Source: Sub Account user guide, "Policies".
const LIMIT: u32 = 500;

/// Creates a policy, when it has no faults. A repetition creates another policy: the API has no client token.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let include_info = flag(&request, "includeInfo")?;
    let body = ncloud::parse(body(&request)?)?;
    let report = validated_anew(&request, &body, include_info);
    let Some(policy) = report.policy() else {
        return Ok(Reply::ok(&WritePolicyReply::refused(&report.into_findings())));
    };
    let permissions = permissions(&policy)?;
    let id = mint().to_string();
    api::about(&id);
    match table
        .create(&tenant, &id, content(&policy, &permissions), LIMIT)
        .await?
    {
        Created::New => {}
        Created::TooMany => return Err(Error::TooManyPolicies { limit: LIMIT }),
    }
    let findings = report.into_findings();
    let reply = WritePolicyReply::stored(&id, policy.name(), policy.description(), &findings);
    Ok(with_version(Reply::ok(&reply), 1))
}
