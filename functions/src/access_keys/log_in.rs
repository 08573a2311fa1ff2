//! `POST /api.prismacloud.io/login` returns a login token for an access key id and its secret.

use api::access_keys::{Error, body};
use api::{Reply, Request};
use model::access_keys::{Login, LoginReply};
use model::json;
use store::AccessKeys;
use store::access_keys::{LoginToken, PresentedSecret, Proof};

/// Issues a login token of ten minutes for the id and the secret of an access key.
///
/// # Errors
/// Those of the operation; one error for whatever is wrong with the key.
pub async fn handle(table: &AccessKeys, request: Request) -> Result<Reply, Error> {
    let now = request.received_at();
    let login = Login::from_request(&json::object(body(&request)?)?)?;
    let secret = Proof::Secret(PresentedSecret(&login.password));
    let key = table.authenticate(&login.username, secret, now).await?;
    let key = key.ok_or(Error::InvalidCredentials)?;
    let account = key.account().ok_or(Error::InvalidCredentials)?;
    api::on_behalf_of(&account);
    api::about(&key);
    let token = LoginToken { account, key };
    let text = table.login_token(&token, now).await?;
    Ok(Reply::ok(&LoginReply::new(&text, &token.account)))
}
