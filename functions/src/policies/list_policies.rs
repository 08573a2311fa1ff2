//! `GET /policies` lists the policies of the account.

use api::policies::Error;
use api::{Reply, Request};
use model::policies::ListPolicies;
use store::Policies;

/// Lists the policies of the account by name, in numbered pages.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let wanted = ListPolicies::from_request(|name| request.query(name).map_err(Error::from))?;
    let policies = table.summaries(&tenant).await?;
    Ok(Reply::ok(&wanted.page(&tenant, policies)))
}
