//! `POST /projects/{projectId}/assets/associate` is refused: the project is unknown, or its asset is, because this
//! stack holds no assets.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::BatchAssociateProjectAssets;
use model::json;
use store::AccessPolicies;

use super::{path, unknown};

/// Refuses to associate assets with a project: no asset exists.
///
/// # Errors
/// Those of the operation; always one.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let body = json::object(request.body())?;
    let wanted = BatchAssociateProjectAssets::from_request(&path(&request, "projectId"), &body)?;
    let project = table.project(&tenant, &wanted.project_id).await?;
    Err(unknown(if project.is_some() { "asset" } else { "project" }))
}
