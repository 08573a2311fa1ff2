//! `GET /projects/{projectId}/assets` returns an empty list: this stack holds no assets.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::{ListProjectAssets, ListProjectAssetsReply};
use store::InvalidPageToken;

use super::{path, query};

/// Lists the assets of a project: there are none. The service models no error for a project that does not exist.
///
/// # Errors
/// Those of the operation.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    request.tenant()?;
    let id = path(&request, "projectId");
    let wanted = ListProjectAssets::from_request(&id, |name| query(&request, name))?;
    // There is only one page, so that the service has never issued a token.
    if wanted.paging.next_token.is_some() {
        return Err(InvalidPageToken.into());
    }
    Ok(Reply::ok(&ListProjectAssetsReply::default()))
}
