//! `PATCH /access_keys/{accessKeyId}/status/{status}` enables or disables an access key.

use api::access_keys::Error;
use api::{Reply, Request};
use model::access_keys::Status;
use model::request::{Reader, Violations};
use store::AccessKeys;

use super::access_key_id;

/// Enables an access key (`true`) or disables it (`false`).
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, access_key_id(&request)?);
    let status = status(&request.path("status")?)?;
    if table.set_status(&tenant, &id, status).await? {
        Ok(Reply::empty(200))
    } else {
        Err(Error::UnknownAccessKey)
    }
}

fn status(text: &str) -> Result<Status, Violations> {
    let mut reader = Reader::new();
    let status = reader.parameter("status", Some(text));
    reader.finish(status)
}
