//! Lambda entry point of [`functions::policies::validate`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    functions::policies::warm();
    api::serve((), functions::policies::validate::handle).await
}
