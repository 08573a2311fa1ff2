//! `GET /access_keys` lists the access keys of the caller's account.

use api::access_keys::Error;
use api::{Reply, Request};
use model::access_keys::AccessKeyReply;
use store::AccessKeys;

/// Lists the access keys of the caller's account, without their secrets.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let keys = table.access_keys(&request.tenant()?).await?;
    let replies = keys.into_iter().map(|key| {
        AccessKeyReply::new(&key.id, key.name, key.status, key.created_at)
            .expiring(key.expires_on)
            .last_used(key.last_used)
    });
    Ok(Reply::ok(&replies.collect::<Vec<_>>()))
}
