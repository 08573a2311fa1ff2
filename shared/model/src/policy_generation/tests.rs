use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::json::object;

fn rules() -> PolicyGenerationRules {
    PolicyGenerationRules {
        max_days: 90,
        default_trail: None,
        default_access_role: None,
    }
}

fn body() -> Value {
    json!({
        "policyGenerationDetails": { "principalArn": "arn:aws:iam::111122223333:role/app/web" },
        "cloudTrailDetails": {
            "accessRole": "arn:aws:iam::111122223333:role/reader",
            "startTime": "2026-01-01T00:00:00Z",
            "endTime": "2026-01-02T00:00:00Z",
            "trails": [{ "cloudTrailArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/t", "allRegions": true }]
        }
    })
}

fn read(body: &Value) -> Result<StartPolicyGeneration, crate::request::Violations> {
    let now = "2026-01-03T00:00:00Z".parse().unwrap();
    StartPolicyGeneration::from_request(&object(body.to_string().as_bytes()).unwrap(), &rules(), now)
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = body();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[test]
fn a_request_is_read() {
    let request = read(&body()).unwrap();
    assert_eq!(request.principal.account(), "111122223333");
    assert_eq!(request.cloud_trail.trails.len(), 1);
}

#[test]
fn every_violation_is_reported_in_one_answer() {
    let error = read(&json!({
        "policyGenerationDetails": { "principalArn": "arn:aws:iam::111122223333:group/x" },
        "cloudTrailDetails": { "accessRole": 5, "startTime": "yesterday", "trails": [{ "regions": ["../x"] }, null] },
        "clientToken": {}
    }))
    .unwrap_err();
    let paths: Vec<&str> = error.iter().map(|violation| violation.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "policyGenerationDetails.principalArn",
            "cloudTrailDetails.accessRole",
            "cloudTrailDetails.startTime",
            "cloudTrailDetails.trails[0].cloudTrailArn",
            "cloudTrailDetails.trails[0].regions[0]",
            "cloudTrailDetails.trails[1]",
            "clientToken",
        ]
    );
}

#[rstest]
#[case::start_after_end("/cloudTrailDetails/startTime", json!("2026-01-02T00:00:00Z"), "cloudTrailDetails.startTime")]
#[case::too_long("/cloudTrailDetails/startTime", json!("2025-10-03T00:00:00Z"), "cloudTrailDetails.startTime")]
#[case::in_the_future("/cloudTrailDetails/endTime", json!("2026-01-03T00:05:01Z"), "cloudTrailDetails.endTime")]
#[case::a_session("/policyGenerationDetails/principalArn", json!("arn:aws:sts::1:assumed-role/x/s"), "policyGenerationDetails.principalArn")]
#[case::line_break("/policyGenerationDetails/principalArn", json!("arn:aws:iam::1:role/a\n"), "policyGenerationDetails.principalArn")]
#[case::no_name("/policyGenerationDetails/principalArn", json!("arn:aws:iam::1:role/"), "policyGenerationDetails.principalArn")]
#[case::long_name("/policyGenerationDetails/principalArn", json!(format!("arn:aws:iam::1:role/{}", "x".repeat(577))), "policyGenerationDetails.principalArn")]
#[case::a_user_reads_no_trail("/cloudTrailDetails/accessRole", json!("arn:aws:iam::1:user/x"), "cloudTrailDetails.accessRole")]
fn broken_rules_name_their_member(#[case] pointer: &str, #[case] value: Value, #[case] path: &str) {
    let error = read(&with(pointer, value)).unwrap_err();
    assert_eq!(
        error
            .iter()
            .map(|violation| violation.path.clone())
            .collect::<Vec<_>>(),
        [path]
    );
}

#[rstest]
#[case(json!("2026-01-01T02:00:00+02:00"))]
#[case(json!("2026-01-01T00:00:00.000000Z"))]
#[case(json!(1_767_225_600))]
#[case(json!(1_767_225_600.0))]
fn one_instant_in_any_form_is_the_same_request(#[case] start: Value) {
    let request = read(&with("/cloudTrailDetails/startTime", start)).unwrap();
    assert_eq!(request.canonical(), read(&body()).unwrap().canonical());
}

#[test]
fn the_token_and_unknown_members_do_not_change_the_request() {
    let mut other = body();
    other["clientToken"] = json!("t");
    other["future"] = json!([1]);
    assert_eq!(
        read(&other).unwrap().canonical(),
        read(&body()).unwrap().canonical()
    );
    let other = with("/cloudTrailDetails/endTime", json!("2026-01-02T00:00:01Z"));
    assert_ne!(
        read(&other).unwrap().canonical(),
        read(&body()).unwrap().canonical()
    );
}

#[test]
fn without_an_end_the_range_ends_now_and_a_retry_is_the_same_request() {
    let mut open = body();
    open["cloudTrailDetails"]
        .as_object_mut()
        .unwrap()
        .remove("endTime");
    let first = read(&open).unwrap();
    assert_eq!(first.cloud_trail.end_time.to_string(), "2026-01-03T00:00:00Z");
    let later = "2026-01-03T00:00:09Z".parse().unwrap();
    let again =
        StartPolicyGeneration::from_request(&object(open.to_string().as_bytes()).unwrap(), &rules(), later)
            .unwrap();
    assert_eq!(first.canonical(), again.canonical());
}

#[test]
fn what_would_not_fit_one_item_is_refused() {
    let trails = |count: usize| {
        let arn = |number| format!("arn:aws:cloudtrail:us-east-1:111122223333:trail/{number:0>190}");
        let trail = |number: usize| json!({ "cloudTrailArn": arn(number) });
        with("/cloudTrailDetails/trails", (0..count).map(trail).collect())
    };
    assert!(read(&trails(900)).is_ok());
    let paths = |error: crate::request::Violations| error.iter().next().unwrap().path.clone();
    assert_eq!(paths(read(&trails(1_100)).unwrap_err()), "cloudTrailDetails");

    let principal = |partition: usize| {
        let arn = format!("arn:{}:iam::111122223333:role/x", "p".repeat(partition));
        with("/policyGenerationDetails/principalArn", json!(arn))
    };
    assert!(read(&principal(2_048 - 29)).is_ok());
    let refused = read(&principal(2_048 - 28)).unwrap_err();
    assert_eq!(paths(refused), "policyGenerationDetails.principalArn");
}

#[test]
fn without_details_the_default_trail_is_read_if_there_is_one() {
    let mut body = body();
    body.as_object_mut().unwrap().remove("cloudTrailDetails");
    let violations = read(&body).unwrap_err();
    assert_eq!(violations.iter().next().unwrap().path, "cloudTrailDetails");
    let rules = PolicyGenerationRules {
        max_days: 30,
        default_trail: Some(
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/t"
                .parse()
                .unwrap(),
        ),
        default_access_role: Some("arn:aws:iam::111122223333:role/reader".parse().unwrap()),
    };
    let now = "2026-01-31T00:00:00.5Z".parse().unwrap();
    let request =
        StartPolicyGeneration::from_request(&object(body.to_string().as_bytes()).unwrap(), &rules, now)
            .unwrap();
    assert_eq!(request.cloud_trail.start_time.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(request.cloud_trail.end_time.to_string(), "2026-01-31T00:00:00Z");
}

#[test]
fn a_request_that_names_no_trail_reads_the_event_history() {
    let mut body = body();
    *body.pointer_mut("/cloudTrailDetails/trails").unwrap() = json!([]);
    assert_eq!(read(&body).unwrap().cloud_trail.trails, []);
    *body.pointer_mut("/cloudTrailDetails/accessRole").unwrap() = json!("x");
    let violations = read(&body).unwrap_err();
    let refused: Vec<_> = violations
        .iter()
        .map(|violation| violation.path.clone())
        .collect();
    assert!(
        refused.iter().any(|path| path == "cloudTrailDetails.trails"),
        "{refused:?}"
    );
}

#[test]
fn ids_are_ordered_by_time() {
    let early = JobId::first_at("2026-01-01T00:00:00Z".parse().unwrap());
    let late = JobId::first_at("2026-01-01T00:00:00.001Z".parse().unwrap());
    assert!(early < late);
    assert!(JobId::parse(early.as_str()).is_some());
    assert!(JobId::parse("not-an-id").is_none());
    assert!(JobId::parse(&early.as_str().to_uppercase().replace('0', "A")).is_none());
}

#[rstest]
#[case(Some("0"))]
#[case(Some("-1"))]
#[case(Some("x"))]
#[case(Some(""))]
fn a_bad_page_size_is_refused(#[case] size: Option<&str>) {
    assert!(ListPolicyGenerations::from_request(None, size, None).is_err());
}

#[rstest]
#[case("101")]
#[case("9999999999")]
#[case("999999999999999999999999999999")]
fn a_large_page_size_is_served_in_smaller_pages(#[case] size: &str) {
    let read = ListPolicyGenerations::from_request(None, Some(size), None).unwrap();
    assert_eq!(read.page_size, 100);
}

#[test]
fn without_a_page_size_pages_hold_50() {
    assert_eq!(
        ListPolicyGenerations::from_request(None, None, None)
            .unwrap()
            .page_size,
        50
    );
}
