//! Lambda entry point of [`functions::access_policies::describe_access_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::State::connect()?,
        functions::access_policies::describe_access_policy::handle,
    )
    .await
}
