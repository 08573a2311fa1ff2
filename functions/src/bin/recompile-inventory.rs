//! Lambda entry point of [`functions::inventory::recompile_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::consume(
        functions::inventory::table().await?,
        functions::inventory::recompile_inventory::handle,
    )
    .await
}
