//! Lambda entry point of [`functions::policies::delete_policies`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policies::table()?,
        functions::policies::delete_policies::handle,
    )
    .await
}
