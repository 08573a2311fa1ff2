//! Lambda entry point of [`functions::access_policies::create_access_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::Creation::connect(functions::access_policies::POLICIES_OF_RESOURCE)?,
        functions::access_policies::create_access_policy::handle,
    )
    .await
}
