use rstest::rstest;

use super::*;
use crate::last_accessed::LastAccessedReport;
use crate::policy::{self, Options};
use crate::tests::generation::{START, Sample};

const BEFORE: &str = "2026-02-28T23:59:59Z";
const AFTER_THE_END: &str = "2026-05-01T00:00:00Z";

fn template(sample: &Sample) -> Option<String> {
    let options = Options {
        service_level_template: true,
        ..Options::default()
    };
    let texts = policy::render(&sample.generation(), options);
    let [text] = texts.as_slice() else { return None };
    let at = text.find(r#"{"Sid":"ServiceLevelSid"#)?;
    text.get(at..)?.strip_suffix("]}").map(str::to_owned)
}

#[test]
fn services_used_without_a_known_action_are_one_statement_at_the_end() {
    let sample = Sample::of(&["ec2:DescribeInstances"])
        .last_accessed("sqs", Some(AFTER_THE_END), &[])
        .last_accessed("sns", Some(START), &[])
        .last_accessed("ec2", Some(START), &[]);
    insta::assert_snapshot!(template(&sample).unwrap(), @r#"{"Sid":"ServiceLevelSid0","Effect":"Allow","Action":["sns:*","sqs:*"],"Resource":"*"}"#);
}

#[rstest]
#[case::used_before_the_range(Sample::default().last_accessed("sqs", Some(BEFORE), &[]))]
#[case::never_used(Sample::default().last_accessed("sqs", None, &[]))]
#[case::known_by_action(Sample::of(&["sqs:ListQueues"]).last_accessed("sqs", Some(START), &[]))]
#[case::known_by_denied_action(Sample::default().denied("sqs:ListQueues", &[]).last_accessed("sqs", Some(START), &[]))]
#[case::never_a_wildcard(Sample::default().last_accessed("kms", Some(START), &[]))]
#[case::event_of_no_service(Sample::default().unmapped("no-such-service.amazonaws.com Event"))]
#[case::nothing(Sample::default())]
fn no_statement_without_a_candidate(#[case] mut sample: Sample) {
    assert_eq!(template(&sample), None);
    sample.content.denied_calls = false;
    assert_eq!(
        template(&sample),
        None,
        "leaving out denied calls never adds a wildcard"
    );
}

#[test]
fn tracked_actions_stand_instead_of_the_wildcard() {
    let sample = Sample::default().last_accessed(
        "s3",
        Some(START),
        &[
            ("s3:CreateBucket", START),
            ("deletebucket", AFTER_THE_END),
            ("PutBucketAcl", BEFORE),
            ("Unheard", START),
        ],
    );
    insta::assert_snapshot!(template(&sample).unwrap(), @r#"{"Sid":"ServiceLevelSid0","Effect":"Allow","Action":["s3:CreateBucket","s3:DeleteBucket"],"Resource":"*"}"#);
}

#[test]
fn a_service_that_gets_no_wildcard_may_still_have_tracked_actions() {
    let sample =
        Sample::default().last_accessed("iam", Some(START), &[("CreateRole", START), ("PassRole", START)]);
    insta::assert_snapshot!(template(&sample).unwrap(), @r#"{"Sid":"ServiceLevelSid0","Effect":"Allow","Action":"iam:CreateRole","Resource":"*"}"#);
}

#[rstest]
#[case("account")]
#[case("iam")]
#[case("identitystore")]
#[case("kms")]
#[case("organizations")]
#[case("secretsmanager")]
#[case("sso")]
#[case("sso-directory")]
#[case("sts")]
fn services_that_could_grant_themselves_everything_are_candidates_without_actions(#[case] service: &str) {
    let sample = Sample::default().last_accessed(service, Some(START), &[]);
    assert!(candidates(&sample.generation())[service].actions.is_empty());
}

#[test]
fn an_event_that_maps_to_no_action_makes_its_service_a_candidate() {
    let mut sample = Sample::default().unmapped("monitoring.amazonaws.com SomethingNew");
    sample.last_accessed = None;
    insta::assert_snapshot!(template(&sample).unwrap(), @r#"{"Sid":"ServiceLevelSid0","Effect":"Allow","Action":"cloudwatch:*","Resource":"*"}"#);
}

#[test]
fn services_of_data_events_become_candidates_when_data_events_are_left_out() {
    let mut sample = Sample::default()
        .data_event("s3:GetObject")
        .last_accessed("s3", Some(START), &[]);
    assert_eq!(template(&sample), None);
    sample.content.data_events = false;
    assert!(template(&sample).unwrap().contains(r#""Action":"s3:*""#));
}

#[test]
fn the_report_can_be_stored_and_read_again() {
    let report = Sample::default()
        .last_accessed("s3", Some(START), &[("CreateBucket", START)])
        .last_accessed("sqs", None, &[])
        .last_accessed
        .unwrap();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<LastAccessedReport>(&text).unwrap(), report);
}
