//! Lambda entry point of [`functions::policy_generation::start`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::start::State::connect().await?,
        functions::policy_generation::start::handle,
    )
    .await
}
