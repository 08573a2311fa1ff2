//! Lambda entry point of [`functions::permissions::list_searches`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::searches()?,
        functions::permissions::list_searches::handle,
    )
    .await
}
