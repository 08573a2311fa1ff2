use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sts::config::retry::RetryConfig;
use aws_types::SdkConfig;
use rstest::rstest;

use super::{ROLE, kind};
use crate::{Access, endpoint};
use testkit::server::{Call, Server, assumed, query_error, reply};

#[tokio::test]
async fn a_role_is_assumed_at_once_in_the_own_region() {
    let server = Server::start(|_: &Call| assumed()).await;
    Access::new(&server.config())
        .assume(ROLE, "policy-generation")
        .await
        .unwrap();
    let calls = server.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].service(), calls[0].region()), ("sts", "eu-central-1"));
    assert_eq!(calls[0].access_key(), "AKIASELF");
    assert!(calls[0].has("Action=AssumeRole"));
    assert!(calls[0].has("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader"));
    assert!(calls[0].has("RoleSessionName=policy-generation"));
}

#[rstest]
#[case::trust_policy(403, "AccessDenied", "denied")]
#[case::own_keys(403, "InvalidClientTokenId", "denied")]
#[case::region_switched_off(403, "RegionDisabledException", "denied")]
#[case::too_many(400, "Throttling", "throttled")]
#[case::fault(500, "InternalFailure", "unavailable")]
#[tokio::test]
async fn a_refused_role_is_told_by_kind(
    #[case] status: u16,
    #[case] code: &'static str,
    #[case] expected: &str,
) {
    let server = Server::start(move |_: &Call| query_error(status, code)).await;
    let refused = Access::new(&server.config()).assume(ROLE, "s").await;
    assert_eq!(kind(refused), expected);
}

#[tokio::test]
async fn an_answer_without_credentials_is_no_session() {
    let server = Server::start(|_: &Call| {
        reply(
            200,
            "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
        )
    })
    .await;
    let refused = Access::new(&server.config()).assume(ROLE, "s").await;
    assert_eq!(kind(refused), "unavailable");
}

#[tokio::test]
async fn a_slowed_down_call_is_tried_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |_: &Call| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => query_error(400, "Throttling"),
        _ => assumed(),
    })
    .await;
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = server.config().into_builder().retry_config(retry).build();
    Access::new(&config).assume(ROLE, "s").await.unwrap();
    assert_eq!(server.calls().len(), 2);
}

#[rstest]
#[case(None, false)]
#[case(Some("http://127.0.0.1:4566"), true)]
fn only_a_custom_endpoint_makes_s3_custom(#[case] url: Option<&str>, #[case] expected: bool) {
    let mut builder = SdkConfig::builder();
    builder.set_endpoint_url(url.map(str::to_owned));
    assert_eq!(endpoint::is_s3_custom(&builder.build()), expected);
}

#[rstest]
#[case("eu-central-1", true)]
#[case("us-gov-west-1", true)]
#[case("", false)]
#[case("evil.example/", false)]
#[case("EU", false)]
#[case("a@b", false)]
fn a_region_can_stand_in_a_host_name(#[case] name: &str, #[case] expected: bool) {
    assert_eq!(endpoint::region(name).is_some(), expected);
}
