//! Lambda entry point of [`functions::inventory::recompile_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    let state = functions::inventory::recompile_inventory::State {
        table: functions::inventory::table()?,
        size: functions::inventory::shard_size()?,
    };
    api::consume(state, functions::inventory::recompile_inventory::handle).await
}
