//! Lambda entry point of [`functions::policies::amend_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    functions::policies::warm();
    api::serve(
        functions::policies::table()?,
        functions::policies::amend_policy::handle,
    )
    .await
}
