//! Lambda entry point of [`functions::access_keys::get_meta_info`].

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), api::Error> {
    api::serve((), functions::access_keys::get_meta_info::handle).await
}
