//! `GET /portals` lists the portals of the account.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{ListPortals, ListPortalsReply};
use store::AccessPolicies;

use super::query;

/// Lists the portals of the account.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let wanted = ListPortals::from_request(|name| query(&request, name))?;
    let page = table.portals(&tenant, &wanted).await??;
    Ok(Reply::ok(&ListPortalsReply::new(page.entries, page.next_token)))
}
