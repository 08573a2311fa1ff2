//! Lambda entry point of [`functions::policies::update`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    functions::policies::warm();
    api::serve(
        functions::policies::table().await?,
        functions::policies::update::handle,
    )
    .await
}
