use rstest::rstest;

use super::*;

fn ended(outcome: Outcome) -> Ended {
    Ended {
        at: Timestamp::from_millisecond(1_767_225_600_123).unwrap(),
        invocation_id: "invocation".to_owned(),
        subject: Subject::default(),
        outcome,
        status: None,
        milliseconds: 1.5,
        metrics: BTreeMap::from([(Metric::Files, 2), (Metric::Bytes, 30)]),
    }
}

fn operation() -> Operation {
    Operation::new("get-permissions", Some("stack".to_owned()))
}

/// Returns what `CloudWatch` would take from a line, by its specification: values by name and unit, at dimensions that
/// exist.
fn metrics_of(line: &Value) -> BTreeMap<String, (String, f64)> {
    let [directive] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
        panic!("{line}")
    };
    assert!(line["_aws"]["Timestamp"].is_u64() && directive["Namespace"].is_string());
    for dimension in directive["Dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set.as_array().unwrap())
    {
        assert!(
            line[dimension.as_str().unwrap()].is_string(),
            "a dimension is a text at the root"
        );
    }
    let metrics = directive["Metrics"].as_array().unwrap();
    metrics
        .iter()
        .map(|metric| {
            let (name, unit) = (metric["Name"].as_str().unwrap(), metric["Unit"].as_str().unwrap());
            (name.to_owned(), (unit.to_owned(), line[name].as_f64().unwrap()))
        })
        .collect()
}

#[test]
fn a_line_holds_its_metrics_as_cloudwatch_reads_them() {
    let operation = operation();
    let line = operation.line(&ended(Outcome::Failed));
    let metric = |unit: &str, value| (unit.to_owned(), value);
    assert_eq!(
        metrics_of(&line),
        BTreeMap::from([
            ("Bytes".to_owned(), metric("Bytes", 30.0)),
            ("ColdStarts".to_owned(), metric("Count", 1.0)),
            ("Faults".to_owned(), metric("Count", 1.0)),
            ("Files".to_owned(), metric("Count", 2.0)),
            ("Latency".to_owned(), metric("Milliseconds", 1.5)),
        ])
    );
    assert_eq!(line["operation"], "GetPermissions");
    assert_eq!(line["_aws"]["Timestamp"], 1_767_225_600_123_i64);
    let warm = metrics_of(&operation.line(&ended(Outcome::Refused)));
    assert_eq!((warm["ColdStarts"].1, warm["Faults"].1), (0.0, 0.0));
}

#[test]
fn a_function_without_a_namespace_writes_its_line_without_metrics() {
    let line = Operation::new("get-policy", None).line(&ended(Outcome::Succeeded));
    assert_eq!(line["_aws"], Value::Null);
    assert_eq!(
        (&line["operation"], &line["outcome"]),
        (&json!("GetPolicy"), &json!("succeeded"))
    );
}

#[test]
fn the_operation_is_named_after_the_file_of_its_entry_point() {
    assert_eq!(Operation::at(Location::caller()).name, "Tests");
}

#[rstest]
#[case(202, Outcome::Succeeded)]
#[case(404, Outcome::Refused)]
#[case(429, Outcome::Refused)]
#[case(500, Outcome::Failed)]
fn a_status_is_an_outcome(#[case] status: u16, #[case] outcome: Outcome) {
    assert_eq!(Outcome::of_status(status), outcome);
}

#[test]
fn a_request_says_who_calls_about_what_and_nothing_that_it_carries() {
    let event = json!({
        "httpMethod": "PUT",
        "path": "/policies/7",
        "pathParameters": { "policyId": "7" },
        "queryStringParameters": { "secret": "hidden" },
        "headers": { "authorization": "hidden", "x-redlock-auth": "hidden" },
        "body": "{\"permissions\":\"hidden\"}",
        "requestContext": {
            "requestId": "r",
            "identity": { "accountId": "111122223333", "userArn": "arn:aws:iam::111122223333:user/ann" },
        },
    });
    let mut ended = ended(Outcome::Succeeded);
    ended.subject = Subject::of(&Request::from_event(event, Timestamp::UNIX_EPOCH));
    ended.status = Some(200);
    ended.metrics.clear();
    let mut line = operation().line(&ended);
    assert!(!line.to_string().contains("hidden"), "{line}");
    line.as_object_mut().unwrap().remove("_aws");
    assert_eq!(
        line,
        json!({
            "timestamp": "2026-01-01T00:00:00.123Z",
            "level": "INFO",
            "message": "GetPermissions answered 200",
            "operation": "GetPermissions",
            "tenant": "111122223333",
            "principal": "arn:aws:iam::111122223333:user/ann",
            "method": "PUT",
            "resources": ["7"],
            "outcome": "succeeded",
            "status": 200,
            "request_id": "r",
            "invocation_id": "invocation",
            "Latency": 1.5,
            "Faults": 0,
            "ColdStarts": 1,
        })
    );
}

#[test]
fn the_principal_of_an_access_key_is_the_key() {
    let event =
        json!({ "requestContext": { "authorizer": { "account": "111122223333", "principalId": "key-1" } } });
    let subject = Subject::of(&Request::from_event(event, Timestamp::UNIX_EPOCH));
    assert_eq!(subject.tenant.as_deref(), Some("111122223333"));
    assert_eq!(subject.principal.as_deref(), Some("key-1"));
}

#[tokio::test]
async fn what_handlers_note_is_in_the_line_and_is_bounded() {
    let notes = NOTES
        .scope(RefCell::default(), async {
            for number in 0..100 {
                about(format!("{number}{}", "x".repeat(1_000)));
                measure(Metric::Rows, u64::MAX);
            }
            on_behalf_of(&"111122223333".parse().unwrap());
            NOTES.with(RefCell::take)
        })
        .await;
    assert_eq!(notes.resources.len(), MOST_RESOURCES);
    assert!(notes.resources.iter().all(|name| name.len() == LONGEST_NAME));
    assert_eq!(notes.metrics[&Metric::Rows], u64::MAX);
    assert_eq!(notes.tenant.unwrap().as_str(), "111122223333");
}

#[test]
fn notes_outside_of_an_invocation_are_of_no_consequence() {
    about("nothing");
    measure(Metric::Rows, 1);
}
