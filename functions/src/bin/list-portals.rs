//! Lambda entry point of [`functions::access_policies::list_portals`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::access_policies::table()?,
        functions::access_policies::list_portals::handle,
    )
    .await
}
