//! `GET /access-policies` lists the access policies of an identity, a resource or an IAM ARN.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{ListAccessPolicies, ListAccessPoliciesReply};
use store::AccessPolicies;

use super::query;

/// Lists the access policies of an identity, on a resource, of both, or all.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let wanted = ListAccessPolicies::from_request(|name| query(&request, name))?;
    let page = table.list(&tenant, &wanted).await??;
    Ok(Reply::ok(&ListAccessPoliciesReply::new(
        page.entries,
        page.next_token,
    )))
}
