//! Lambda entry point of [`functions::inventory::collect_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::consume_events(
        functions::inventory::collect_inventory::State::connect()?,
        functions::inventory::collect_inventory::handle,
    )
    .await
}
