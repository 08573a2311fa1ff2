use rstest::rstest;
use trail::layout::LogFolder;

use super::{kind, session};
use crate::Trail;
use testkit::server::{Call, Reply, reply, s3_error};

const ACCOUNT: &str = "123456789012";
const ARN: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all";

fn folders(folders: &[&str]) -> Reply {
    let folders: Vec<String> = folders
        .iter()
        .map(|folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"))
        .collect();
    reply(
        200,
        format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>",
            folders.concat()
        ),
    )
}

#[tokio::test]
async fn a_trail_is_asked_for_in_the_region_of_its_arn_as_the_role() {
    let (server, session) = session(|_: &Call| {
        reply(
            200,
            r#"{"Trail":{"Name":"all","S3BucketName":"logs","S3KeyPrefix":"team","IsMultiRegionTrail":true,
                "HomeRegion":"eu-west-1","IsOrganizationTrail":false}}"#,
        )
    })
    .await;
    let trail = session.trail(ARN, ACCOUNT).await.unwrap();
    assert_eq!(
        trail,
        Trail {
            folders: vec![LogFolder {
                bucket: "logs".to_owned(),
                key_prefix: Some("team".to_owned()),
                organization: None,
                account: ACCOUNT.to_owned(),
            }],
            home_region: "eu-west-1".to_owned(),
            is_organization: false,
            is_multi_region: true,
        }
    );
    let call = server.calls().pop().unwrap();
    assert!(call.target.ends_with("CloudTrail_20131101.GetTrail"));
    assert_eq!((call.access_key(), call.region()), ("ASIAROLE", "eu-west-1"));
    assert!(call.body.contains(ARN));
}

/// Returns an organisation's trail, whose bucket two organisations share.
fn organization(call: &Call) -> Reply {
    match (call.service(), call.method.as_str()) {
        ("cloudtrail", _) => reply(
            200,
            r#"{"Trail":{"S3BucketName":"logs","S3KeyPrefix":"team/","HomeRegion":"eu-west-1",
                "IsOrganizationTrail":true}}"#,
        ),
        (_, "HEAD") => reply(200, ""),
        _ if call.has("prefix=team%2FAWSLogs%2Fo-") && call.has("delimiter=%2F") => {
            folders(&["team/AWSLogs/o-first/", "team/AWSLogs/o-second/"])
        }
        _ if call.has("prefix=team%2FAWSLogs%2Fo-second%2F123456789012%2FCloudTrail%2F") => reply(
            200,
            "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents>\
             </ListBucketResult>",
        ),
        _ => folders(&[]),
    }
}

fn prefixes(trail: &Trail) -> Vec<String> {
    trail.folders.iter().map(LogFolder::regions_prefix).collect()
}

#[tokio::test]
async fn the_organization_is_the_one_with_log_files_of_the_account() {
    let (_server, session) = session(organization).await;
    let trail = session.trail(ARN, ACCOUNT).await.unwrap();
    assert!(trail.is_organization);
    assert_eq!(
        prefixes(&trail),
        ["team/AWSLogs/o-second/123456789012/CloudTrail/"]
    );
}

#[tokio::test]
async fn the_files_of_the_time_before_the_organization_are_found_as_well() {
    let (_server, session) = session(|call: &Call| {
        if call.has("prefix=team%2FAWSLogs%2F123456789012%2FCloudTrail%2F") {
            let body = "<ListBucketResult><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>";
            return reply(200, body);
        }
        organization(call)
    })
    .await;
    let trail = session.trail(ARN, ACCOUNT).await.unwrap();
    let expected = [
        "team/AWSLogs/o-second/123456789012/CloudTrail/",
        "team/AWSLogs/123456789012/CloudTrail/",
    ];
    assert_eq!(prefixes(&trail), expected);
}

#[tokio::test]
async fn an_organization_without_log_files_of_the_account_leaves_the_folder_of_the_account() {
    let (_server, session) = session(organization).await;
    let trail = session.trail(ARN, "210987654321").await.unwrap();
    assert_eq!(prefixes(&trail), ["team/AWSLogs/210987654321/CloudTrail/"]);
    assert_eq!(trail.folders.first().unwrap().organization, None);
}

#[tokio::test]
async fn a_bucket_closed_to_the_role_is_denied_not_empty() {
    let (_server, session) = session(|call: &Call| match (call.service(), call.method.as_str()) {
        ("cloudtrail", _) => organization(call),
        (_, "HEAD") => reply(403, ""),
        _ => s3_error(403, "AccessDenied"),
    })
    .await;
    assert_eq!(kind(session.trail(ARN, ACCOUNT).await), "denied");
}

#[rstest]
#[case("TrailNotFoundException", "not found")]
#[case("CloudTrailARNInvalidException", "not found")]
#[case("AccessDeniedException", "denied")]
#[case("OperationNotPermittedException", "denied")]
#[case("ThrottlingException", "throttled")]
#[case("UnsupportedOperationException", "unavailable")]
#[tokio::test]
async fn a_trail_that_cannot_be_read_is_told_by_kind(#[case] code: &'static str, #[case] expected: &str) {
    let (_server, session) = session(move |_: &Call| {
        reply(
            400,
            format!(r#"{{"__type":"com.amazonaws#{code}","message":"m"}}"#),
        )
    })
    .await;
    assert_eq!(kind(session.trail(ARN, ACCOUNT).await), expected);
}

#[rstest]
#[case("arn:aws:cloudtrail:evil.example/:123456789012:trail/all")]
#[case("arn:aws:cloudtrail::123456789012:trail/all")]
#[case("all")]
#[tokio::test]
async fn an_arn_without_a_region_is_asked_for_nowhere(#[case] arn: &str) {
    let (server, session) = session(organization).await;
    assert_eq!(kind(session.trail(arn, ACCOUNT).await), "not found");
    assert_eq!(server.calls().len(), 1, "only STS is asked");
}
