//! `DELETE /access-policies/{accessPolicyId}` deletes an access policy.

use api::access_policies::Error;
use api::{Reply, Request};
use model::access_policies::DeleteAccessPolicy;
use store::AccessPolicies;
use store::access_policies::Deleted;

use super::{other_request, path, query, unknown};

/// Deletes an access policy.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessPolicies, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let (id, token) = (path(&request, "accessPolicyId"), query(&request, "clientToken"));
    let unwanted = DeleteAccessPolicy::from_request(&id, &token)?;
    match table.delete(&tenant, &unwanted, now).await? {
        Deleted::Done => Ok(Reply::empty(204)),
        Deleted::OtherRequest => Err(other_request()),
        Deleted::Unknown | Deleted::HasProjects => Err(unknown("access policy")),
    }
}
