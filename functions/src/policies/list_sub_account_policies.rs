//! `GET /sub-accounts/{subAccountId}/policies` lists the policies of a sub account; the original has no such
//! operation.

use api::policies::Error;
use api::{Reply, Request};
use model::policies::ListPolicies;
use store::Policies;

use super::sub_account_id;

/// Lists the policies that are attached to a sub account, as the list of all of them does.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, sub_account) = (request.tenant()?, sub_account_id(&request)?);
    let wanted = ListPolicies::from_request(|name| request.query(name).map_err(Error::from))?;
    let policies = table.held_by(&tenant, sub_account.as_str()).await?;
    Ok(Reply::ok(&wanted.page(&tenant, policies)))
}
