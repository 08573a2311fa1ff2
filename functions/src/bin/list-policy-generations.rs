//! Lambda entry point of [`functions::policy_generation::list_policy_generations`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policy_generation::table()?,
        functions::policy_generation::list_policy_generations::handle,
    )
    .await
}
