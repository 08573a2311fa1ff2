//! `GET /api.prismacloud.io/auth_token/extend` returns a fresh login token for one that is still valid.

use api::access_keys::Error;
use api::{Reply, Request};
use model::access_keys::LoginReply;
use store::AccessKeys;

use super::LOGIN_TOKEN;

/// Issues a new login token for one that is not over yet, if its access key is still good: this is where a client that
/// never logs in again learns that its key was disabled or deleted.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let now = request.received_at();
    let text = request.header(LOGIN_TOKEN).unwrap_or_default();
    let token = table.read_login_token(text, now).await?;
    let token = token.ok_or(Error::TokenExpired)?;
    if !table.is_usable(&token.key, now).await? {
        return Err(Error::TokenExpired);
    }
    let text = table.login_token(&token, now).await?;
    Ok(Reply::ok(&LoginReply::new(&text, &token.account)))
}
