//! Lambda entry point of [`functions::access_policies::create_project`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::Creation::connect("MAX_PROJECTS_PER_PORTAL")?,
        functions::access_policies::create_project::handle,
    )
    .await
}
