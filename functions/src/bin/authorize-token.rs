//! Lambda entry point of [`functions::access_keys::authorize_token`].

use functions::access_keys::{authorize_token, table};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::authorize(table()?, authorize_token::REACH, authorize_token::handle).await
}
