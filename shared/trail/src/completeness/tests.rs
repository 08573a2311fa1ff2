use rstest::rstest;

use super::*;
use crate::tests::generation::{START, Sample};

fn whole() -> Sample {
    Sample::of(&["ec2:DescribeInstances", "s3:PutBucketTagging"])
        .data_event("s3:GetObject")
        .last_accessed("ec2", Some(START), &[])
        .last_accessed("s3", Some(START), &[])
        .last_accessed("elasticbeanstalk", None, &[])
}

fn with(change: impl FnOnce(&mut Sample)) -> Sample {
    let mut sample = whole();
    change(&mut sample);
    sample
}

#[test]
fn a_policy_without_gaps_is_complete() {
    assert_eq!(gaps(&whole().generation()), []);
    assert!(is_complete(&whole().generation()));
}

#[rstest]
#[case::not_read(
    with(|sample| { sample.unread.insert("eu-west-1/2026/03/02".into(), "access denied".into()); }),
    Gap::NotRead { place: "eu-west-1/2026/03/02".into(), reason: "access denied".into() },
)]
#[case::damaged(with(|sample| sample.usage.reading.damaged = 2), Gap::DamagedFiles { files: 2 })]
#[case::unparsable(with(|sample| sample.usage.reading.unparsable = 3), Gap::UnparsableRecords { records: 3 })]
#[case::too_many(with(|sample| sample.usage.more_entries = true), Gap::TooManyEntries)]
#[case::unmapped(
    whole().unmapped("ec2.amazonaws.com SomethingNew"),
    Gap::UnmappedEvent { event: "ec2.amazonaws.com SomethingNew".into(), calls: 1 },
)]
#[case::unknown_action(whole().call("ec2:NoSuchAction", &[]), Gap::UnknownAction { action: "ec2:NoSuchAction".into() })]
#[case::no_report(with(|sample| sample.last_accessed = None), Gap::NoLastAccessedReport)]
#[case::service_without_actions(
    whole().last_accessed("elasticmapreduce", Some(START), &[]),
    Gap::ServiceWithoutActions { service: "elasticmapreduce".into() },
)]
#[case::never_a_wildcard_is_still_a_gap(
    whole().last_accessed("kms", Some(START), &[]),
    Gap::ServiceWithoutActions { service: "kms".into() },
)]
#[case::no_data_events(whole().last_accessed("dynamodb", None, &[]), Gap::NoDataEvents { service: "dynamodb".into() })]
fn each_gap_has_its_reason(#[case] sample: Sample, #[case] gap: Gap) {
    assert_eq!(gaps(&sample.generation()), [gap]);
    assert!(!is_complete(&sample.generation()));
}

#[test]
fn gaps_are_written_with_a_code() {
    let gap = Gap::UnmappedEvent {
        event: "e.amazonaws.com E".into(),
        calls: 7,
    };
    assert_eq!(
        serde_json::to_string(&gap).unwrap(),
        r#"{"code":"UNMAPPED_EVENT","event":"e.amazonaws.com E","calls":7}"#
    );
}

#[test]
fn the_list_of_services_is_sorted() {
    assert!(DATA_EVENT_SERVICES.is_sorted());
}

#[test]
fn events_that_no_policy_decides_on_are_no_gap() {
    let sample = Sample::default().unmapped("signin.amazonaws.com ConsoleLogin");
    assert_eq!(gaps(&sample.generation()), []);
    assert_eq!(service_level::candidates(&sample.generation()).len(), 0);
}
