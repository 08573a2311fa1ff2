//! Lambda entry point of [`functions::policy_generation::plan_policy_generation`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::consume(
        functions::policy_generation::step::State::connect()?,
        functions::policy_generation::plan_policy_generation::handle,
    )
    .await
}
