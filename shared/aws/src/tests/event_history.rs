use trail::principal::TimeRange;

use super::{kind, session};
use testkit::server::{Call, reply};

fn time() -> TimeRange {
    TimeRange {
        start: "2026-03-01T00:00:00Z".parse().unwrap(),
        end: "2026-03-02T00:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn the_pages_of_a_region_follow_each_other() {
    let (server, session) = session(|call: &Call| {
        if call.body.contains(r#""NextToken":"n""#) {
            return reply(
                200,
                r#"{"Events":[{"EventId":"2","CloudTrailEvent":"{\"eventName\":\"B\"}"}]}"#,
            );
        }
        reply(
            200,
            r#"{"Events":[{"EventId":"1","CloudTrailEvent":"{\"eventName\":\"A\"}"}],"NextToken":"n"}"#,
        )
    })
    .await;
    let mut history = session.event_history("eu-west-1", time(), Some("ana".to_owned()));
    assert_eq!(
        history.next_page().await.unwrap().unwrap(),
        [r#"{"eventName":"A"}"#]
    );
    assert_eq!(
        history.next_page().await.unwrap().unwrap(),
        [r#"{"eventName":"B"}"#]
    );
    assert_eq!(history.next_page().await.unwrap(), None);
    let calls = server.calls();
    let call = calls.last().unwrap();
    assert!(call.target.ends_with("CloudTrail_20131101.LookupEvents"));
    assert_eq!((call.access_key(), call.region()), ("ASIAROLE", "eu-west-1"));
    for part in [
        r#""AttributeKey":"Username""#,
        r#""AttributeValue":"ana""#,
        r#""StartTime":1772323200"#,
    ] {
        assert!(call.body.contains(part), "{part} is not in {}", call.body);
    }
}

#[tokio::test]
async fn a_history_that_the_role_may_not_read_is_denied() {
    let (_server, session) = session(|_: &Call| {
        reply(
            400,
            r#"{"__type":"com.amazonaws#AccessDeniedException","message":"m"}"#,
        )
    })
    .await;
    assert_eq!(
        kind(session.event_history("eu-west-1", time(), None).next_page().await),
        "denied"
    );
    assert_eq!(
        kind(
            session
                .event_history("evil.example/", time(), None)
                .next_page()
                .await
        ),
        "not found"
    );
}
