//! Lambda entry point of [`functions::policy_generation::start_policy_generation`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::start_policy_generation::State::connect()?,
        functions::policy_generation::start_policy_generation::handle,
    )
    .await
}
