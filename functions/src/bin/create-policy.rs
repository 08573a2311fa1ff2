//! Lambda entry point of [`functions::policies::create_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    functions::policies::warm();
    api::serve(
        functions::policies::table()?,
        functions::policies::create_policy::handle,
    )
    .await
}
