//! Lambda entry point of [`functions::access_policies::tag_resource`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::State::connect()?,
        functions::access_policies::tag_resource::handle,
    )
    .await
}
