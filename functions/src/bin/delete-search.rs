//! Lambda entry point of [`functions::permissions::delete_search`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::searches()?,
        functions::permissions::delete_search::handle,
    )
    .await
}
