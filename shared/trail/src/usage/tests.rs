use proptest::prelude::*;

use super::*;

fn resource(name: &str) -> Resource {
    Resource {
        kind: "format".to_owned(),
        text: name.to_owned(),
        is_pattern: false,
    }
}

fn call(event: &str, second: i64, actions: &[(&str, &[&str])]) -> Call {
    Call {
        event: event.to_owned(),
        time: Timestamp::from_second(second).unwrap(),
        region: "eu-west-1".to_owned(),
        denied: false,
        without_parameters: false,
        data: false,
        called_via: None,
        principal_id: Some("AROAEXAMPLE".to_owned()),
        actions: actions
            .iter()
            .map(|(action, resources)| CalledAction {
                action: (*action).to_owned(),
                resources: resources.iter().map(|&name| resource(name)).collect(),
                unnamed_types: Vec::new(),
            })
            .collect(),
        passed_roles: Vec::new(),
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "the snapshot shows the whole of what is stored"
)]
fn a_call_is_recorded_under_each_of_its_actions() {
    let mut usage = Usage::default();
    usage.record(call(
        "kms.amazonaws.com ReEncrypt",
        7,
        &[("kms:ReEncryptFrom", &["a"]), ("kms:ReEncryptTo", &[])],
    ));
    usage.record(Call {
        denied: true,
        ..call(
            "kms.amazonaws.com ReEncrypt",
            3,
            &[("kms:ReEncryptFrom", &["a", "b"])],
        )
    });
    usage.record(call("signin.amazonaws.com CheckMfa", 5, &[]));
    insta::assert_json_snapshot!(usage, @r#"
    {
      "actions": {
        "kms:ReEncryptFrom": {
          "calls": 2,
          "denied": 1,
          "first_seen": "1970-01-01T00:00:03Z",
          "last_seen": "1970-01-01T00:00:07Z",
          "resources": {
            "a": 2,
            "b": 1
          },
          "more_resources": false,
          "without_resource": 0,
          "unnamed": 0,
          "types": {
            "format": {
              "resources": {
                "containers": {
                  "": {
                    "entries": [
                      "a",
                      "b"
                    ]
                  }
                }
              },
              "unnamed": 0
            }
          },
          "regions": [
            "eu-west-1"
          ],
          "called_via": [],
          "events": [
            "kms.amazonaws.com ReEncrypt"
          ],
          "data_only": false
        },
        "kms:ReEncryptTo": {
          "calls": 1,
          "denied": 0,
          "first_seen": "1970-01-01T00:00:07Z",
          "last_seen": "1970-01-01T00:00:07Z",
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
            "kms.amazonaws.com ReEncrypt"
          ],
          "data_only": false
        }
      },
      "unmapped": {
        "signin.amazonaws.com CheckMfa": {
          "calls": 1,
          "denied": 0,
          "first_seen": "1970-01-01T00:00:05Z",
          "last_seen": "1970-01-01T00:00:05Z"
        }
      },
      "passed_roles": [],
      "instance_profiles": {},
      "principal_ids": {
        "AROAEXAMPLE": 3
      },
      "data_records": {},
      "more_entries": false,
      "nearest_principals": [],
      "unread": {},
      "reading": {
        "files": 0,
        "bytes": 0,
        "records": 0,
        "matched": 0,
        "unparsable": 0,
        "uncertain": 0,
        "duplicates": 0,
        "late_corrections": 0,
        "damaged": 0,
        "damaged_files": {}
      }
    }
    "#);
}

#[test]
fn only_so_many_resources_are_kept_and_the_rest_is_owned_up_to() {
    let mut usage = Usage::default();
    for number in (0..=RESOURCES_PER_ACTION).rev() {
        usage.record(call("x y", 0, &[("s3:GetObject", &[&format!("{number:04}")])]));
    }
    let action = &usage.actions["s3:GetObject"];
    assert_eq!(action.resources.len(), RESOURCES_PER_ACTION);
    assert_eq!(action.resources.first_key_value().unwrap().0, "0000");
    assert!(action.more_resources);
    assert_eq!(action.calls.calls, RESOURCES_PER_ACTION as u64 + 1);
}

#[test]
fn a_resource_too_long_for_an_arn_is_not_kept() {
    let mut usage = Usage::default();
    usage.record(call(
        "x y",
        0,
        &[("s3:GetObject", &[&"x".repeat(RESOURCE_LENGTH + 1)])],
    ));
    let action = &usage.actions["s3:GetObject"];
    assert!(action.resources.is_empty() && action.more_resources);
}

#[test]
fn an_action_is_data_only_until_a_management_event_needs_it() {
    let mut usage = Usage::default();
    usage.record(Call {
        data: true,
        ..call("s3.amazonaws.com GetObject", 0, &[("s3:GetObject", &[])])
    });
    assert!(usage.actions["s3:GetObject"].data_only);
    assert_eq!(usage.data_records["s3"], 1);
    usage.record(call("s3.amazonaws.com Get", 0, &[("s3:GetObject", &[])]));
    assert!(!usage.actions["s3:GetObject"].data_only);
}

#[test]
fn the_names_of_damaged_files_are_bounded_and_their_number_is_not() {
    let mut reading = ScanCounts::default();
    for number in 0..30 {
        reading.add_damaged(&format!("{number:02}"), "cut".to_owned());
    }
    assert_eq!(
        (reading.damaged, reading.damaged_files.len()),
        (30, DAMAGED_FILES)
    );
}

fn any_call() -> impl Strategy<Value = Call> {
    let names = (0..3u8, 0..3u8, 0..5i64, "[abc]", proptest::option::of("[vw]"));
    let actions = proptest::collection::btree_map(
        "[xyz]:[xy]",
        proptest::collection::btree_set(0..400u16, 0..120),
        0..3,
    );
    let passed = proptest::collection::vec(("[rs]", proptest::option::of("[tu]")), 0..2);
    (names, actions, any::<bool>(), any::<bool>(), passed).prop_map(
        |((event, region, second, id, called_via), actions, denied, data, passed)| Call {
            event: format!("{event}.amazonaws.com Do"),
            time: Timestamp::from_second(second).unwrap(),
            region: region.to_string(),
            denied,
            without_parameters: false,
            data,
            called_via,
            principal_id: Some(id),
            actions: actions
                .into_iter()
                .map(|(action, resources)| CalledAction {
                    action,
                    resources: resources
                        .iter()
                        .map(|number| resource(&format!("{number:03}")))
                        .collect(),
                    unnamed_types: Vec::new(),
                })
                .collect(),
            passed_roles: passed
                .into_iter()
                .map(|(role_arn, service)| PassedRole {
                    role_arn,
                    service,
                    event: "e".to_owned(),
                })
                .collect(),
        },
    )
}

fn usage_of(calls: &[Call]) -> Usage {
    let mut usage = Usage::default();
    for call in calls {
        usage.record(call.clone());
        usage.reading.matched += 1;
        usage.reading.add_damaged(
            &format!("{}{}", call.event, call.region),
            format!("{:?}", call.time),
        );
    }
    usage
}

fn merged(usages: impl IntoIterator<Item = Usage>) -> Usage {
    usages.into_iter().fold(Usage::default(), |mut all, usage| {
        all.merge(usage);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    #[test]
    fn merging_parts_in_any_order_and_grouping_gives_the_whole(
        mut calls in proptest::collection::vec(any_call(), 0..12),
        shuffled in any::<prop::sample::Index>(),
        one in any::<prop::sample::Index>(),
        two in any::<prop::sample::Index>(),
    ) {
        let whole = usage_of(&calls);
        if !calls.is_empty() {
            let by = shuffled.index(calls.len());
            calls.rotate_left(by);
        }
        let (one, two) = (one.index(calls.len() + 1), two.index(calls.len() + 1));
        let (one, two) = (one.min(two), one.max(two));
        let parts = [usage_of(&calls[..one]), usage_of(&calls[one..two]), usage_of(&calls[two..])];
        let [a, b, c] = parts.clone();
        prop_assert_eq!(&merged(parts), &whole);
        let right = merged([b.clone(), c.clone()]);
        prop_assert_eq!(&merged([a.clone(), right]), &whole);
        prop_assert_eq!(&merged([c, Usage::default(), b, a]), &whole);
    }

    #[test]
    fn a_usage_survives_storage(calls in proptest::collection::vec(any_call(), 0..6)) {
        let usage = usage_of(&calls);
        let stored = serde_json::to_string(&usage).unwrap();
        prop_assert_eq!(serde_json::from_str::<Usage>(&stored).unwrap(), usage);
    }
}
