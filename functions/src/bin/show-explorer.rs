//! Lambda entry point of [`functions::explorer::show_explorer`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve((), functions::explorer::show_explorer::handle).await
}
