use rstest::rstest;
use trail::last_accessed::{LastAccessedReport, ServiceLastAccessed, TrackedAction};

use super::{kind, session};
use testkit::server::{Call, Reply, query_error, reply};

const PRINCIPAL: &str = "arn:aws:iam::123456789012:role/app";

fn details(status: &str, rest: &str) -> Reply {
    reply(
        200,
        format!(
            "<GetServiceLastAccessedDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <GetServiceLastAccessedDetailsResult><JobStatus>{status}</JobStatus>\
             <JobCreationDate>2026-08-01T12:00:00.000Z</JobCreationDate>\
             <JobCompletionDate>2026-08-01T12:00:01.000Z</JobCompletionDate>{rest}\
             </GetServiceLastAccessedDetailsResult></GetServiceLastAccessedDetailsResponse>"
        ),
    )
}

#[tokio::test]
async fn a_report_is_started_with_single_actions() {
    let (server, session) = session(|_: &Call| {
        reply(
            200,
            "<GenerateServiceLastAccessedDetailsResponse><GenerateServiceLastAccessedDetailsResult>\
             <JobId>report-1</JobId></GenerateServiceLastAccessedDetailsResult>\
             </GenerateServiceLastAccessedDetailsResponse>",
        )
    })
    .await;
    assert_eq!(
        session.start_last_accessed_report(PRINCIPAL).await.unwrap(),
        "report-1"
    );
    let call = server.calls().pop().unwrap();
    assert_eq!((call.access_key(), call.service()), ("ASIAROLE", "iam"));
    assert!(call.has("Granularity=ACTION_LEVEL"));
    assert!(call.has("Arn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp"));
}

#[tokio::test]
async fn a_report_in_the_making_is_none() {
    let (_server, session) = session(|_: &Call| details("IN_PROGRESS", "")).await;
    assert_eq!(session.last_accessed_report("report-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_report_is_read_to_its_last_page() {
    let (server, session) = session(|call: &Call| {
        if call.has("Marker=page-2") {
            details(
                "COMPLETED",
                "<IsTruncated>false</IsTruncated><ServicesLastAccessed><member><ServiceName>AWS Lambda</ServiceName>\
                 <ServiceNamespace>lambda</ServiceNamespace></member></ServicesLastAccessed>",
            )
        } else {
            details(
                "COMPLETED",
                "<IsTruncated>true</IsTruncated><Marker>page-2</Marker><ServicesLastAccessed><member>\
                 <ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>\
                 <LastAuthenticated>2026-07-30T10:11:12Z</LastAuthenticated><TrackedActionsLastAccessed><member>\
                 <ActionName>CreateBucket</ActionName><LastAccessedTime>2026-07-29T01:02:03Z</LastAccessedTime>\
                 </member><member><ActionName>DeleteBucket</ActionName></member></TrackedActionsLastAccessed>\
                 </member></ServicesLastAccessed>",
            )
        }
    })
    .await;
    let report = session.last_accessed_report("report-1").await.unwrap().unwrap();
    let action = |name: &str, time: Option<&str>| TrackedAction {
        name: name.to_owned(),
        last_accessed: time.map(|time| time.parse().unwrap()),
    };
    let expected = LastAccessedReport {
        services: vec![
            ServiceLastAccessed {
                namespace: "s3".to_owned(),
                last_authenticated: Some("2026-07-30T10:11:12Z".parse().unwrap()),
                tracked_actions: vec![
                    action("CreateBucket", Some("2026-07-29T01:02:03Z")),
                    action("DeleteBucket", None),
                ],
            },
            ServiceLastAccessed {
                namespace: "lambda".to_owned(),
                last_authenticated: None,
                tracked_actions: Vec::new(),
            },
        ],
    };
    assert_eq!(report, expected);
    assert!(
        server
            .calls()
            .iter()
            .skip(1)
            .all(|call| call.has("JobId=report-1"))
    );
    assert_eq!(server.calls().len(), 3, "STS and two pages");
}

#[tokio::test]
async fn a_report_that_iam_could_not_make_is_an_error() {
    let (_server, session) = session(|_: &Call| {
        details(
            "FAILED",
            "<Error><Message>internal</Message><Code>InternalFailure</Code></Error>",
        )
    })
    .await;
    assert_eq!(
        kind(session.last_accessed_report("report-1").await),
        "unavailable"
    );
}

#[rstest]
#[case(404, "NoSuchEntity", "not found")]
#[case(403, "AccessDenied", "denied")]
#[case(400, "InvalidInput", "unavailable")]
#[tokio::test]
async fn a_refused_report_is_told_by_kind(
    #[case] status: u16,
    #[case] code: &'static str,
    #[case] expected: &str,
) {
    let (_server, session) = session(move |_: &Call| query_error(status, code)).await;
    assert_eq!(
        kind(session.start_last_accessed_report(PRINCIPAL).await),
        expected
    );
    assert_eq!(kind(session.last_accessed_report("report-1").await), expected);
}
