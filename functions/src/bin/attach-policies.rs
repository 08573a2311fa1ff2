//! Lambda entry point of [`functions::policies::attach_policies`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve(
        functions::policies::table()?,
        functions::policies::attach_policies::handle,
    )
    .await
}
