//! Lambda entry point of [`functions::explorer::show_api_description`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve((), functions::explorer::show_api_description::handle).await
}
