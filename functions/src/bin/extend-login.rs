//! Lambda entry point of [`functions::access_keys::extend_login`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_keys::table()?,
        functions::access_keys::extend_login::handle,
    )
    .await
}
