//! Lambda entry point of [`functions::access_keys::list_access_keys`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_keys::table()?,
        functions::access_keys::list_access_keys::handle,
    )
    .await
}
