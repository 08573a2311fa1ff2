//! Lambda entry point of [`functions::policy_generation::cancel`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::table().await?,
        functions::policy_generation::cancel::handle,
    )
    .await
}
