//! `DELETE /policies/{policyId}` deletes a policy.

use api::policies::Error;
use api::{Reply, Request};
use model::policies::IfMatch;
use store::Policies;
use store::policies::Deleted;

use super::policy_id;

/// Deletes a policy that is attached to nobody.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let if_match = IfMatch::from_header(request.header("if-match"))?;
    match table.delete(&tenant, &id, &if_match).await? {
        Deleted::Now => Ok(Reply::empty(200)),
        Deleted::Unknown => Err(Error::UnknownPolicy { id }),
        Deleted::SystemManaged => Err(Error::SystemManaged),
        Deleted::OtherVersion => Err(Error::OtherVersion),
        Deleted::Attached => Err(Error::Attached),
    }
}
