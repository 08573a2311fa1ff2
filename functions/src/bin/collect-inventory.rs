//! Lambda entry point of [`functions::inventory::collect`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::consume_events(
        functions::inventory::collect::State::connect().await?,
        functions::inventory::collect::handle,
    )
    .await
}
