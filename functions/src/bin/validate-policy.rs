//! Lambda entry point of [`functions::policies::validate_policy`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    functions::policies::warm();
    api::serve((), functions::policies::validate_policy::handle).await
}
