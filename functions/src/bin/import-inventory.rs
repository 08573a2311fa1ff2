//! Lambda entry point of [`functions::inventory::import`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    let state = functions::inventory::import::State {
        table: functions::inventory::table().await?,
        bucket: functions::inventory::bucket().await?,
    };
    api::consume_events(state, functions::inventory::import::handle).await
}
