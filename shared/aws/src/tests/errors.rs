use rstest::rstest;

use super::{ROLE, kind};
use crate::Access;
use crate::error::{self, Kind};
use testkit::server::{Call, Server, query_error};

#[rstest]
#[case(Some("KMS.KMSInvalidStateException"), Some(400), Kind::Denied)]
#[case(Some("InvalidAccessKeyId"), Some(403), Kind::Denied)]
#[case(Some("NoSuchBucket"), Some(404), Kind::NotFound)]
#[case(Some("SlowDown"), Some(503), Kind::Throttled)]
#[case(Some("InvalidObjectState"), Some(403), Kind::Unavailable)]
#[case(Some("ExpiredToken"), Some(400), Kind::Unavailable)]
#[case(None, Some(403), Kind::Denied)]
#[case(None, Some(404), Kind::NotFound)]
#[case(None, Some(429), Kind::Throttled)]
#[case(None, Some(503), Kind::Unavailable)]
#[case(None, None, Kind::Unavailable)]
fn the_code_decides_and_without_one_the_status(
    #[case] code: Option<&str>,
    #[case] status: Option<u16>,
    #[case] expected: Kind,
) {
    assert_eq!(error::kind(code, status), expected);
}

#[tokio::test]
async fn the_text_of_an_error_names_nothing_of_the_caller() {
    let server = Server::start(|_: &Call| query_error(403, "AccessDenied")).await;
    let error = Access::new(&server.config()).assume(ROLE, "s").await.unwrap_err();
    assert_eq!(error.to_string(), "not allowed to assume the access role");
    let cause = std::error::Error::source(&error).map(|cause| format!("{cause:?}"));
    assert!(cause.unwrap().contains("secret-name"), "logs keep the reason");
}

#[tokio::test]
async fn no_answer_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::start(|_: &Call| query_error(403, "AccessDenied")).await;
    let config = server.config().into_builder().endpoint_url(url).build();
    assert_eq!(kind(Access::new(&config).assume(ROLE, "s").await), "unavailable");
}
