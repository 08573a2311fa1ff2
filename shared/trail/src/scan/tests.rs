use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::usage::CalledAction;

const ROLE: &str = "arn:aws:iam::111122223333:role/app/worker";

/// Maps every event to the action of its name, except events whose names start with `Unmapped`.
fn by_name(record: &Record<'_>) -> Call {
    let service = record.event_source.split('.').next().unwrap();
    let action = CalledAction {
        action: format!("{service}:{}", record.event_name),
        resources: Vec::new(),
        unnamed_types: Vec::new(),
    };
    let mapped = !record.event_name.starts_with("Unmapped");
    Call {
        actions: mapped.then_some(action).into_iter().collect(),
        ..Call::of(record)
    }
}

fn wanted(services: Services) -> Wanted {
    Wanted {
        principal: Principal::parse(ROLE).unwrap(),
        time: TimeRange {
            start: "2024-01-01T00:00:00Z".parse().unwrap(),
            end: "2024-01-31T00:00:00Z".parse().unwrap(),
        },
        services,
    }
}

/// Makes a record of a call of the role, with the members of `over` in the place of its own.
fn record(event: &str, over: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.09",
        "eventID": format!("id of {event}"),
        "eventTime": "2024-01-15T00:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": event,
        "awsRegion": "eu-west-1",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:session",
            "arn": "arn:aws:sts::111122223333:assumed-role/worker/session",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE}},
        },
    });
    let members = record.as_object_mut().unwrap();
    members.extend(over.as_object().unwrap().clone());
    record
}

fn file(records: &[Value]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(json!({ "Records": records }).to_string().as_bytes())
        .unwrap();
    encoder.finish().unwrap()
}

fn scan_files(services: Services, files: &[&[Value]]) -> Usage {
    let mut scanner = Scanner::new(wanted(services), by_name);
    for (number, records) in files.iter().enumerate() {
        let mut open = scanner.file(&format!("file {number}"));
        open.feed(&file(records));
        open.finish().unwrap();
    }
    scanner.finish()
}

fn scan(records: &[Value]) -> Usage {
    scan_files(Services::All, &[records])
}

/// Returns the name and the count of every action.
fn actions(usage: &Usage) -> Vec<(&str, u64)> {
    usage
        .actions
        .iter()
        .map(|(action, usage)| (action.as_str(), usage.calls.calls))
        .collect()
}

#[test]
fn calls_of_the_principal_are_recorded_and_everybody_elses_only_counted() {
    let others = json!({"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/worker"}});
    let usage = scan(&[
        record("GetBucketAcl", &json!({})),
        record("PutBucketAcl", &others),
        record(
            "UnmappedCall",
            &json!({"userIdentity": {
                "type": "AssumedRole", "principalId": "AROAOLD:x",
                "arn": "arn:aws:sts::111122223333:assumed-role/worker/x",
            }}),
        ),
        record("GetObject", &json!({"eventCategory": "Data"})),
    ]);
    insta::assert_json_snapshot!(usage, @r#"
    {
      "actions": {
        "s3:GetBucketAcl": {
          "calls": 1,
          "denied": 0,
          "first_seen": "2024-01-15T00:00:00Z",
          "last_seen": "2024-01-15T00:00:00Z",
          "resources": {},
          "more_resources": false,
          "without_resource": 1,
          "unnamed": 1,
          "types": {},
          "regions": [
            "eu-west-1"
          ],
          "called_via": [],
          "events": [
            "s3.amazonaws.com GetBucketAcl"
          ],
          "data_only": false
        },
        "s3:GetObject": {
          "calls": 1,
          "denied": 0,
          "first_seen": "2024-01-15T00:00:00Z",
          "last_seen": "2024-01-15T00:00:00Z",
          "resources": {},
          "more_resources": false,
          "without_resource": 1,
          "unnamed": 1,
          "types": {},
          "regions": [
            "eu-west-1"
          ],
          "called_via": [],
          "events": [
            "s3.amazonaws.com GetObject"
          ],
          "data_only": true
        }
      },
      "unmapped": {
        "s3.amazonaws.com UnmappedCall": {
          "calls": 1,
          "denied": 0,
          "first_seen": "2024-01-15T00:00:00Z",
          "last_seen": "2024-01-15T00:00:00Z"
        }
      },
      "passed_roles": [],
      "instance_profiles": {},
      "principal_ids": {
        "AROAEXAMPLE": 2,
        "AROAOLD": 1
      },
      "data_records": {
        "s3": 1
      },
      "more_entries": false,
      "nearest_principals": [
        [
          7,
          "arn:aws:iam::111122223333:user/worker"
        ]
      ],
      "unread": {},
      "reading": {
        "files": 1,
        "bytes": 467,
        "records": 4,
        "matched": 3,
        "unparsable": 0,
        "uncertain": 1,
        "duplicates": 0,
        "late_corrections": 0,
        "damaged": 0,
        "damaged_files": {}
      }
    }
    "#);
}

#[rstest]
#[case::at_the_start("2024-01-01T00:00:00Z", 1)]
#[case::at_the_end("2024-01-31T00:00:00Z", 1)]
#[case::before("2023-12-31T23:59:59Z", 0)]
#[case::behind("2024-01-31T00:00:01Z", 0)]
fn both_ends_of_the_time_range_belong_to_it(#[case] time: &str, #[case] matched: u64) {
    let usage = scan(&[record("GetBucketAcl", &json!({"eventTime": time}))]);
    assert_eq!((usage.reading.records, usage.reading.matched), (1, matched));
}

#[rstest]
#[case::service_event(json!({"eventType": "AwsServiceEvent"}), 0, 0)]
#[case::console_action_that_maps(json!({"eventType": "AwsConsoleAction"}), 1, 0)]
#[case::console_action_that_does_not(json!({"eventType": "AwsConsoleAction", "eventName": "UnmappedX"}), 0, 0)]
#[case::network_activity(json!({"eventCategory": "NetworkActivity"}), 0, 0)]
#[case::unknown_version(json!({"eventVersion": "2.0"}), 0, 1)]
#[case::no_time(json!({"eventTime": null}), 0, 1)]
#[case::no_identity(json!({"userIdentity": null, "x": "role/worker"}), 0, 0)]
fn what_is_no_call_does_not_count(#[case] over: Value, #[case] matched: u64, #[case] unparsable: u64) {
    let usage = scan(&[record("GetBucketAcl", &over)]);
    assert_eq!(
        (usage.reading.matched, usage.reading.unparsable),
        (matched, unparsable)
    );
}

#[test]
fn only_global_services_count_where_only_they_are_wanted() {
    let records = [
        record("GetBucketAcl", &json!({})),
        record("GetRole", &json!({"eventSource": "iam.amazonaws.com"})),
    ];
    assert_eq!(
        actions(&scan_files(Services::GlobalOnly, &[&records])),
        [("iam:GetRole", 1)]
    );
}

#[test]
fn a_record_forged_in_a_parameter_is_not_recorded() {
    let forged = record("DeleteBucket", &json!({})).to_string();
    let by = |parameters: Value| {
        let other = json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory"});
        record(
            "PutBucketAcl",
            &json!({"userIdentity": other, "requestParameters": parameters}),
        )
    };
    let usage = scan(&[
        by(serde_json::from_str(&forged).unwrap()),
        by(json!({"Records": [serde_json::from_str::<Value>(&forged).unwrap()]})),
        by(json!(format!("\"}}}},{forged},{{\"x\":{{\"y\":\""))),
        by(json!(format!("\\\"}}}}]}}{{\"Records\":[{forged}]}}"))),
    ]);
    assert_eq!((usage.reading.records, usage.reading.matched), (4, 0));
    assert_eq!(usage.actions.len(), 0);
}

#[test]
fn copies_of_a_record_count_once() {
    let uuid = json!({"eventID": "0185ec23-6a3c-4e5f-8e0e-94b9c9a1f0b7"});
    let records = [record("GetBucketAcl", &json!({})), record("PutBucketAcl", &uuid)];
    let usage = scan_files(Services::All, &[&records, &records, &records[..1]]);
    assert_eq!(actions(&usage), [("s3:GetBucketAcl", 1), ("s3:PutBucketAcl", 1)]);
    assert_eq!(
        (
            usage.reading.records,
            usage.reading.matched,
            usage.reading.duplicates
        ),
        (5, 2, 3)
    );
}

#[test]
fn records_without_id_are_no_copies_of_each_other() {
    let record = record("GetBucketAcl", &json!({"eventID": ""}));
    assert_eq!(scan(&[record.clone(), record]).reading.matched, 2);
}

fn correction(event: &str, of: &str, reason: &str) -> Value {
    record(
        event,
        &json!({"addendum": {"reason": reason, "originalEventID": format!("id of {of}")}}),
    )
}

#[test]
fn a_correction_takes_the_place_of_its_record_whichever_comes_first() {
    let first = [record("GetBucketAcl", &json!({}))];
    let corrected = [correction("PutBucketAcl", "GetBucketAcl", "UPDATED_DATA")];
    for files in [[&first, &corrected], [&corrected, &first]] {
        let usage = scan_files(Services::All, &files.map(<[Value; 1]>::as_slice));
        assert_eq!(actions(&usage), [("s3:PutBucketAcl", 1)]);
        assert_eq!((usage.reading.matched, usage.reading.duplicates), (1, 1));
    }
}

#[test]
fn a_correction_that_comes_too_late_is_owned_up_to() {
    let many = (0..9000).map(|n| record("ListBuckets", &json!({"eventID": format!("{n}")})));
    let mut records = vec![record("GetBucketAcl", &json!({}))];
    records.extend(many);
    records.push(correction("PutBucketAcl", "GetBucketAcl", "UPDATED_DATA"));
    let usage = scan(&records);
    assert_eq!(
        actions(&usage),
        [
            ("s3:GetBucketAcl", 1),
            ("s3:ListBuckets", 9000),
            ("s3:PutBucketAcl", 1)
        ]
    );
    assert_eq!(usage.reading.late_corrections, 1);
}

#[rstest]
#[case("DELIVERY_DELAY")]
#[case("SERVICE_OUTAGE")]
fn a_late_record_is_a_record_of_its_own(#[case] reason: &str) {
    let usage = scan(&[
        record("GetBucketAcl", &json!({})),
        correction("PutBucketAcl", "GetBucketAcl", reason),
    ]);
    assert_eq!(usage.reading.matched, 2);
}

#[test]
fn a_damaged_file_is_named_and_its_good_records_count() {
    let mut scanner = Scanner::new(wanted(Services::All), by_name);
    let whole = file(&[
        record("GetBucketAcl", &json!({})),
        record("PutBucketAcl", &json!({})),
    ]);
    let mut plain = json!({"Records": [record("GetBucketTagging", &json!({}))]}).to_string();
    plain.pop();

    let mut open = scanner.file("cut.json.gz");
    open.feed(&whole[..whole.len() - 1]);
    assert_eq!(open.finish(), Err(Damage::CompressedCutShort));
    let mut open = scanner.file("cut.json");
    open.feed(plain.as_bytes());
    assert_eq!(open.finish(), Err(Damage::CutShort));
    let mut open = scanner.file("given up");
    open.feed(&whole[..20]);
    open.give_up("connection reset");
    scanner.file("dropped").feed(&whole[..20]);
    let mut open = scanner.file("whole");
    open.feed(&file(&[record("HeadBucket", &json!({}))]));
    assert_eq!(open.finish(), Ok(()));

    let usage = scanner.finish();
    assert_eq!(usage.actions.len(), 4);
    insta::assert_json_snapshot!(usage.reading.damaged_files, @r#"
    {
      "cut.json": "the text is cut short",
      "cut.json.gz": "the compressed data is cut short",
      "dropped": "the file was not read to its end",
      "given up": "connection reset"
    }
    "#);
    assert_eq!((usage.reading.files, usage.reading.damaged), (5, 4));
}

fn addition(profile: &str, over: &Value) -> Value {
    let mut addition = record(
        "AddRoleToInstanceProfile",
        &json!({
            "eventSource": "iam.amazonaws.com",
            "requestParameters": {"instanceProfileName": profile, "roleName": "server"},
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "accountId": "111122223333"},
        }),
    );
    let members = addition.as_object_mut().unwrap();
    members.extend(over.as_object().unwrap().clone());
    addition
}

#[test]
fn the_role_of_an_instance_profile_is_noted_from_a_file_with_white_space() {
    let mut scanner = Scanner::new(wanted(Services::All), by_name);
    let text = serde_json::to_string_pretty(&json!({"Records": [addition("web", &json!({}))]})).unwrap();
    let text = text.replace("\"eventName\": \"", "\"eventName\" :\n\"");
    let mut file = scanner.file("log");
    file.feed(text.as_bytes());
    file.finish().unwrap();
    assert!(scanner.finish().instance_profiles.contains_key("web"));
}

#[test]
fn the_role_of_an_instance_profile_is_noted_whoever_added_it() {
    let usage = scan(&[
        addition("web", &json!({})),
        addition("refused", &json!({"errorCode": "AccessDenied"})),
        addition(
            "of another account",
            &json!({"userIdentity": {"accountId": "444455556666"}}),
        ),
        record(
            "Put",
            &json!({"requestParameters": {"text": "AddRoleToInstanceProfile"}}),
        ),
    ]);
    assert_eq!(
        usage.instance_profiles,
        [("web".to_owned(), ["server".to_owned()].into())].into()
    );
    let mut merged = usage.clone();
    merged.merge(usage.clone());
    assert_eq!(merged.instance_profiles, usage.instance_profiles);
}
