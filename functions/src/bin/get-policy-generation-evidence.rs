//! Lambda entry point of [`functions::policy_generation::get_policy_generation_evidence`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::get_policy_generation_evidence::State::connect()?,
        functions::policy_generation::get_policy_generation_evidence::handle,
    )
    .await
}
