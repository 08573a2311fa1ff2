//! `POST /access_keys` makes an access key and returns its secret once.

use api::access_keys::{Error, body, mint};
use api::{Reply, Request};
use model::access_keys::{AccessKeyId, CreatedAccessKeyReply, NewAccessKey};
use model::json;
use store::AccessKeys;
use store::access_keys::Created;

/// Most access keys of an account.
const LIMIT: u32 = 100;

/// Makes an access key of the caller's account and shows its secret, for the only time.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let new = NewAccessKey::from_request(&json::object(body(&request)?)?, now)?;
    let id = AccessKeyId::new(&tenant, mint());
    api::about(&id);
    match table.create(&tenant, &id, &new, now, LIMIT).await? {
        Created::New(secret) => Ok(Reply::ok(&CreatedAccessKeyReply::new(&id, secret.reveal()))),
        Created::TooMany => Err(Error::TooManyAccessKeys { limit: LIMIT }),
    }
}
