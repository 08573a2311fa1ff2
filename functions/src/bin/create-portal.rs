//! Lambda entry point of [`functions::access_policies::create_portal`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::Creation::connect("MAX_PORTALS")?,
        functions::access_policies::create_portal::handle,
    )
    .await
}
