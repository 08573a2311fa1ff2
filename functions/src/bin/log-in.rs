//! Lambda entry point of [`functions::access_keys::log_in`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_keys::table()?,
        functions::access_keys::log_in::handle,
    )
    .await
}
