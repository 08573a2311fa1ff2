//! Lambda entry point of [`functions::permissions::search_shard`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::consume_events(
        functions::permissions::ImportedAccounts::connect_to_read()?,
        functions::permissions::search_shard::handle,
    )
    .await
}
