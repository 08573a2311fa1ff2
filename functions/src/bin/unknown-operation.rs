//! Lambda entry point of [`functions::unknown_operation`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve((), functions::unknown_operation::handle).await
}
