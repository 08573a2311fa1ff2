//! These tests read reports of last accesses and of credentials.

use crate::{Access, read_credential_report, read_last_accessed};
use rstest::rstest;

#[rstest]
#[case::tracked_and_used("s3", "GetObject", Access::On(jiff::civil::date(2026, 3, 30)))]
#[case::tracked_and_unused("s3", "PutObject", Access::Never)]
#[case::untracked_action_of_a_used_service("s3", "HeadBucket", Access::Unknown)]
#[case::any_action_of_an_unused_service("EC2", "RunInstances", Access::Never)]
#[case::service_without_report("sqs", "SendMessage", Access::Unknown)]
fn never_used_differs_from_not_tracked(
    #[case] service: &str,
    #[case] action: &str,
    #[case] expected: Access,
) {
    let file = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
        {"ServiceName":"Amazon S3","ServiceNamespace":"s3","LastAuthenticated":"2026-03-31 00:30:00+01:00",
         "TrackedActionsLastAccessed":[{"ActionName":"GetObject","LastAccessedTime":"2026-03-30T10:00:00Z"},{"ActionName":"s3:PutObject"}]},
        {"ServiceNamespace":"ec2"}]}]}"#;
    let read = read_last_accessed(file).unwrap();
    let alice = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(read.access(alice, service, action), expected);
    assert_eq!(
        read.entities[alice]["s3"].last,
        Some(jiff::civil::date(2026, 3, 30)),
        "the day is the UTC day"
    );
    let broken = file.replace("2026-03-30T10:00:00Z", "yesterday");
    assert_eq!(
        read_last_accessed(&broken).unwrap_err().to_string(),
        "reports[0].ServicesLastAccessed[0].TrackedActionsLastAccessed[0].LastAccessedTime: `yesterday` is not a date"
    );
}

#[test]
fn a_report_of_iam_is_read_as_it_is_with_the_arn_that_it_was_asked_for() {
    let report = |status: &str, truncated: bool| {
        format!(
            r#"{{"reports":[{{"Arn":"arn:aws:iam::111122223333:role/web","JobStatus":"{status}","JobType":"ACTION_LEVEL",
            "JobCreationDate":"2026-03-30T23:59:00+00:00","JobCompletionDate":"2026-03-31T00:00:10+00:00","IsTruncated":{truncated},
            "ServicesLastAccessed":[{{"ServiceName":"AWS Lambda","ServiceNamespace":"lambda","TotalAuthenticatedEntities":1,
            "LastAuthenticated":"2026-03-29T10:00:00+00:00","LastAuthenticatedRegion":"eu-west-1",
            "LastAuthenticatedEntity":"arn:aws:iam::111122223333:role/web"}}]}}]}}"#
        )
    };
    let read = read_last_accessed(&report("COMPLETED", false)).unwrap();
    assert_eq!(read.as_of, Some(jiff::civil::date(2026, 3, 31)));
    let refused = |text: &str| read_last_accessed(text).unwrap_err().to_string();
    assert_eq!(
        refused(&report("IN_PROGRESS", false)),
        "reports[0].JobStatus: the report is not finished, its status is `IN_PROGRESS` and not `COMPLETED`"
    );
    assert!(
        refused(&report("COMPLETED", true))
            .starts_with("reports[0].IsTruncated says that more pages follow, and no last page is there")
    );
}

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
    <root_account>,arn:aws:iam::111122223333:root,2020-01-02T03:04:05+00:00,not_supported,2026-03-01T00:00:00+00:00,\
    not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
    alice,arn:aws:iam::111122223333:user/alice,2021-01-02T03:04:05+00:00,true,no_information,\
    2022-01-02T03:04:05+00:00,N/A,false,true,2023-01-02T03:04:05+00:00,2026-03-30T10:00:00+00:00,eu-west-1,s3,\
    false,2022-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,false,N/A\n";

#[test]
fn a_credential_report_is_read_as_csv_and_as_the_reply_of_the_command() {
    use base64::Engine;
    let read = read_credential_report(REPORT).unwrap();
    let root = &read.users["arn:aws:iam::111122223333:root"];
    assert!(root.mfa_active && root.access_keys.is_empty());
    assert_eq!(
        root.password.unwrap().last_used,
        Some(jiff::civil::date(2026, 3, 1))
    );
    let alice = &read.users["arn:aws:iam::111122223333:user/alice"];
    assert_eq!(
        (alice.mfa_active, alice.access_keys.len(), alice.active_keys()),
        (false, 2, 1)
    );
    assert_eq!(alice.password.unwrap().last_used, None);
    assert_eq!(
        alice.access_keys[0].last_used,
        Some(jiff::civil::date(2026, 3, 30))
    );

    let content = base64::engine::general_purpose::STANDARD.encode(REPORT);
    let reply = format!(
        r#"{{"Content":"{content}","ReportFormat":"text/csv","GeneratedTime":"2026-03-31T00:30:00+01:00"}}"#
    );
    let from_reply = read_credential_report(&reply).unwrap();
    assert_eq!(from_reply.users, read.users);
    assert_eq!(from_reply.as_of, Some(jiff::civil::date(2026, 3, 30)));
}

#[rstest]
#[case::column(
    "user,arn\nalice,arn:aws:iam::111122223333:user/alice\n",
    "the credential report cannot be read: "
)]
#[case::date(&REPORT.replace("2026-03-30T10:00:00+00:00", "lately"), "line 3, access_key_1_last_used_date: `lately` is not a date")]
#[case::arn(&REPORT.replace("arn:aws:iam::111122223333:user/alice", "alice"), "line 3: `alice` is not the ARN of an IAM user or a root user")]
#[case::base64(
    r#"{"Content":"%","ReportFormat":"text/csv"}"#,
    "the credential report cannot be read: Content is not base64"
)]
fn a_broken_credential_report_is_refused(#[case] text: &str, #[case] message: &str) {
    let error = read_credential_report(text).unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
}
