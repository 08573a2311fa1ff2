//! Lambda entry point of [`functions::permissions::get_permissions`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::State::connect()?,
        functions::permissions::get_permissions::handle,
    )
    .await
}
