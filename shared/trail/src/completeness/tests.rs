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
    with(|sample| { sample.planned.unread.insert("eu-west-1/2026/03/02".into(), "access denied".into()); }),
    Gap::NotRead { place: "eu-west-1/2026/03/02".into(), reason: "access denied".into() },
)]
#[case::no_log_files(
    with(|sample| { sample.planned.prefixes.insert("logs/AWSLogs/1/CloudTrail/".into()); }),
    Gap::NoLogFiles { prefixes: BTreeSet::from(["logs/AWSLogs/1/CloudTrail/".into()]) },
)]
#[case::no_record_of_the_principal(
    with(|sample| {
        sample.usage.reading.matched = 0;
        sample.usage.note_principal(3, "arn:aws:iam::1:user/bo");
        sample.usage.note_principal(1, "arn:aws:iam::1:user/ana");
    }),
    Gap::NoRecordOfPrincipal { nearest: vec!["arn:aws:iam::1:user/ana".into(), "arn:aws:iam::1:user/bo".into()] },
)]
#[case::fewer_files(
    with(|sample| {
        sample.planned.files = 3;
        sample.usage.reading.files = 2;
    }),
    Gap::FewerFilesThanPlanned { planned: 3, read: 2 },
)]
#[case::late_files(
    with(|sample| sample.planned.listed_at = Some("2026-03-31T00:14:59Z".parse().unwrap())),
    Gap::LateFiles { listed_at: "2026-03-31T00:14:59Z".parse().unwrap() },
)]
#[case::organization(
    with(|sample| { sample.planned.without_organization.insert("t".into()); }),
    Gap::OrganizationLayout { trail: "t".into() },
)]
#[case::event_history(with(|sample| sample.planned.event_history = true), Gap::EventHistory)]
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
fn files_listed_some_time_after_the_range_are_all_there() {
    let listed = |at: &str| with(|sample| sample.planned.listed_at = Some(at.parse().unwrap()));
    assert_eq!(gaps(&listed("2026-03-31T00:15:00Z").generation()), []);
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

/// Returns the codes of all gaps. A new gap does not compile until it is added here.
fn codes() -> Vec<String> {
    let text = String::new;
    let gap = |after: &Gap| match after {
        Gap::NotRead { .. } => Some(Gap::NoLogFiles {
            prefixes: BTreeSet::new(),
        }),
        Gap::NoLogFiles { .. } => Some(Gap::NoRecordOfPrincipal { nearest: Vec::new() }),
        Gap::NoRecordOfPrincipal { .. } => Some(Gap::FewerFilesThanPlanned { planned: 1, read: 0 }),
        Gap::FewerFilesThanPlanned { .. } => Some(Gap::LateFiles {
            listed_at: Timestamp::UNIX_EPOCH,
        }),
        Gap::LateFiles { .. } => Some(Gap::OrganizationLayout { trail: text() }),
        Gap::OrganizationLayout { .. } => Some(Gap::EventHistory),
        Gap::EventHistory => Some(Gap::DamagedFiles { files: 1 }),
        Gap::DamagedFiles { .. } => Some(Gap::UnparsableRecords { records: 1 }),
        Gap::UnparsableRecords { .. } => Some(Gap::TooManyEntries),
        Gap::TooManyEntries => Some(Gap::UnmappedEvent {
            event: text(),
            calls: 1,
        }),
        Gap::UnmappedEvent { .. } => Some(Gap::UnknownAction { action: text() }),
        Gap::UnknownAction { .. } => Some(Gap::NoLastAccessedReport),
        Gap::NoLastAccessedReport => Some(Gap::ServiceWithoutActions { service: text() }),
        Gap::ServiceWithoutActions { .. } => Some(Gap::NoDataEvents { service: text() }),
        Gap::NoDataEvents { .. } => None,
    };
    let first = Gap::NotRead {
        place: text(),
        reason: text(),
    };
    std::iter::successors(Some(first), gap)
        .map(|gap| {
            serde_json::to_value(gap).unwrap()["code"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn the_page_says_of_every_gap_what_to_do() {
    let page = include_str!("../../../../docs/policy-generation.md");
    let (_, gaps) = page.split_once("\n## Gaps\n").unwrap();
    let rows = gaps.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(
        rows.iter()
            .all(|row| row.len() == 3 && row.iter().all(|cell| !cell.is_empty()))
    );
    let mut documented: Vec<&str> = rows.iter().flat_map(|row| row[0].split(", ")).collect();
    let mut codes = codes();
    documented.sort_unstable();
    codes.sort_unstable();
    assert_eq!(documented, codes);
}
