//! Lambda entry point of [`functions::access_keys::delete_access_key`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_keys::table()?,
        functions::access_keys::delete_access_key::handle,
    )
    .await
}
