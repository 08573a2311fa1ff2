//! Lambda entry point of [`functions::access_keys::authorize_signature`].

use functions::access_keys::{authorize_signature, table};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::authorize(table()?, authorize_signature::REACH, authorize_signature::handle).await
}
