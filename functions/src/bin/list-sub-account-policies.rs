//! Lambda entry point of [`functions::policies::list_sub_account_policies`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policies::table()?,
        functions::policies::list_sub_account_policies::handle,
    )
    .await
}
