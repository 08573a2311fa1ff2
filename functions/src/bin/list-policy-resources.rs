//! Lambda entry point of [`functions::policies::list_policy_resources`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policies::table()?,
        functions::policies::list_policy_resources::handle,
    )
    .await
}
