//! Lambda entry point of [`functions::inventory::import_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    let state = functions::inventory::import_inventory::State::new(
        functions::inventory::table().await?,
        functions::inventory::bucket().await?,
    );
    api::consume_events(state, functions::inventory::import_inventory::handle).await
}
