//! Lambda entry point of [`functions::inventory::get`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::inventory::table().await?,
        functions::inventory::get::handle,
    )
    .await
}
