//! Lambda entry point of [`functions::policy_generation::get_generated_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::generated::State::connect()?,
        functions::policy_generation::get_generated_policy::handle,
    )
    .await
}
