//! `GET /projects` lists the projects of a portal.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{ListProjects, ListProjectsReply};
use store::AccessPolicies;

use super::query;

/// Lists the projects of a portal.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let wanted = ListProjects::from_request(|name| query(&request, name))?;
    let page = table.projects(&tenant, &wanted).await??;
    Ok(Reply::ok(&ListProjectsReply::new(page.entries, page.next_token)))
}
