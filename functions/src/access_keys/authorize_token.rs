//! Authorizes requests of Prisma Cloud's clients, by the login token in `x-redlock-auth`.

use api::{Caller, Reach, Request};
use store::{AccessKeys, StoreError};

use super::LOGIN_TOKEN;

/// API Gateway keeps an answer for a minute, by the token alone.
pub const REACH: Reach = Reach::Below("api.prismacloud.io");

/// Returns the account of the login token; nobody without a good one. The table is read once in the life of a function.
///
/// # Errors
/// [`StoreError`].
pub async fn handle(table: &AccessKeys, request: &Request) -> Result<Option<Caller>, StoreError> {
    let mut tokens = request.header_all(LOGIN_TOKEN);
    let (Some(token), None) = (tokens.next(), tokens.next()) else {
        return Ok(None);
    };
    let token = table.read_login_token(token, request.received_at()).await?;
    Ok(token.map(|token| Caller {
        account: token.account,
        access_key: token.key.to_string(),
    }))
}
