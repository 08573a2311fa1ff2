//! Lambda entry point of [`functions::inventory::import_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    let state = functions::inventory::import_inventory::State {
        table: functions::inventory::table()?,
        bucket: functions::inventory::bucket()?,
        size: functions::inventory::shard_size()?,
    };
    api::consume_events(state, functions::inventory::import_inventory::handle).await
}
