//! Lambda entry point of [`functions::permissions::get_search`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::searches()?,
        functions::permissions::get_search::handle,
    )
    .await
}
