//! Lambda entry point of [`functions::inventory::get_inventory`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::inventory::table()?,
        functions::inventory::get_inventory::handle,
    )
    .await
}
