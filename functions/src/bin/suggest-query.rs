//! Lambda entry point of [`functions::permissions::suggest`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve((), functions::permissions::suggest::handle).await
}
