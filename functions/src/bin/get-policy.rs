//! Lambda entry point of [`functions::policies::get_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policies::table()?,
        functions::policies::get_policy::handle,
    )
    .await
}
