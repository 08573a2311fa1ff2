//! Lambda entry point of [`functions::permissions::simulate_permission`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::ImportedAccounts::connect()?,
        functions::permissions::simulate_permission::handle,
    )
    .await
}
