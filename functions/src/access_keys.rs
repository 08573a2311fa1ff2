//! Holds access keys, and the clients that come in with them: those of Prisma Cloud by a login token, those of Ncloud
//! by a signature of their own.

pub mod authorize_signature;
pub mod authorize_token;
pub mod create_access_key;
pub mod delete_access_key;
pub mod extend_login;
pub mod get_meta_info;
pub mod list_access_keys;
pub mod log_in;
pub mod set_access_key_status;

#[cfg(test)]
mod tests;

use api::Request;
use api::access_keys::Error;
use model::access_keys::AccessKeyId;
use store::AccessKeys;

use crate::configuration::{ConfigurationError, required};

/// The header with the login token.
const LOGIN_TOKEN: &str = "x-redlock-auth";

/// Returns the table of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn table() -> Result<AccessKeys, ConfigurationError> {
    let table = required("ACCESS_KEYS_TABLE")?;
    Ok(AccessKeys::new(store::connect(), table))
}

fn access_key_id(request: &Request) -> Result<AccessKeyId, Error> {
    let id = request.path("accessKeyId")?;
    // A text that cannot be the id of a key is treated as the id of a key that does not exist.
    id.parse().map_err(|_no_id| Error::UnknownAccessKey)
}
