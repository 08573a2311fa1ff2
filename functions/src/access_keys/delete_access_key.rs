//! `DELETE /access_keys/{accessKeyId}` deletes an access key.

use api::access_keys::Error;
use api::{Reply, Request};
use store::AccessKeys;

use super::access_key_id;

/// Deletes an access key. Login tokens that were made with it stay good for up to ten minutes.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, access_key_id(&request)?);
    if table.delete(&tenant, &id).await? {
        Ok(Reply::empty(200))
    } else {
        Err(Error::UnknownAccessKey)
    }
}
