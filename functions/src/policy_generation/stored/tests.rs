use super::*;

/// A plan as the first release wrote it.
const FIRST_PLAN: &str = r#"{"shards":[{"shard":{"bucket":"logs","prefix":"AWSLogs/1/CloudTrail/us-east-1/",
    "start_after":"a","last_key":"b","files":2,"bytes":30,"global_services_only":false},"bucket_region":"us-east-1"}],
    "last_accessed_report":"r","unread":{"eu-west-1":"the trail does not record this region"}}"#;
const FIRST_RESULT: &str = r#"{"usage":{"actions":{"s3:GetObject":{"calls":2,"denied":0,"first_seen":
    "2026-03-01T00:00:00Z","last_seen":"2026-03-01T00:00:00Z","resources":{"arn:aws:s3:::b/a*":2},
    "more_resources":false,"without_resource":0,"regions":["eu-west-1"],"called_via":[],
    "events":["s3.amazonaws.com GetObject"],"data_only":true}},"unmapped":{},"passed_roles":[],"principal_ids":{},
    "data_records":{"s3":2},"reading":{"files":2,"bytes":30,"records":9,"matched":2,"unparsable":0,"damaged":0,
    "damaged_files":{}}},"last_accessed":null,"unread":{"eu-west-1":"r"}}"#;

#[test]
fn the_plan_of_the_release_before_is_read() {
    let plan: Plan = from_bytes(FIRST_PLAN.as_bytes()).unwrap();
    assert_eq!((plan.parts(), plan.planned.files, plan.planned.bytes), (1, 2, 30));
    assert_eq!(plan.planned.unread.len(), 1);
    assert!(matches!(plan.part(0), Some(Part::Shard(_))) && plan.part(1).is_none());
}

#[test]
fn the_result_of_the_release_before_is_read_and_proposes_its_resources() {
    let result: JobResult = from_bytes(FIRST_RESULT.as_bytes()).unwrap();
    let usage = &result.usage.actions["s3:GetObject"];
    let of_type: Vec<_> = usage.types.values().collect();
    assert_eq!(of_type.len(), 1);
    assert_eq!(
        of_type[0]
            .resources
            .patterns(20, &[])
            .into_iter()
            .collect::<Vec<_>>(),
        ["arn:aws:s3:::b/a${*}"]
    );
    assert_eq!(result.planned.unread["eu-west-1"], "r");
}

#[test]
fn what_is_written_is_read() {
    let plan = Plan {
        event_history: vec!["us-east-1".to_owned()],
        ..from_bytes(FIRST_PLAN.as_bytes()).unwrap()
    };
    let bytes = to_bytes(&plan).unwrap();
    assert!(String::from_utf8_lossy(&bytes).starts_with(r#"{"version":2,"#));
    assert_eq!(from_bytes::<Plan>(&bytes).unwrap(), plan);
    assert!(matches!(plan.part(1), Some(Part::EventHistory("us-east-1"))));
    let result: JobResult = from_bytes(FIRST_RESULT.as_bytes()).unwrap();
    assert_eq!(
        from_bytes::<JobResult>(&to_bytes(&result).unwrap()).unwrap(),
        result
    );
}

#[test]
fn the_form_of_a_newer_release_is_refused() {
    let newer = br#"{"version":3,"value":{}}"#;
    assert!(matches!(
        from_bytes::<JobResult>(newer),
        Err(StoredError::Version(3))
    ));
    assert!(matches!(
        from_bytes::<JobResult>(b"{}"),
        Err(StoredError::Json(_))
    ));
}
