//! Lambda entry point of [`functions::permissions::suggest_query`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::permissions::SearchedAccounts::connect()?,
        functions::permissions::suggest_query::handle,
    )
    .await
}
