use axum::body::Body;
use axum::extract::Request;
use rstest::rstest;

use super::{Change, change_by};
use crate::template::Notification;

fn notification(events: &str, prefix: &str, suffix: &str) -> Notification {
    Notification {
        function: "Compile".to_owned(),
        bucket: "inventory".to_owned(),
        events: vec![events.to_owned()],
        prefix: prefix.to_owned(),
        suffix: suffix.to_owned(),
    }
}

fn change(method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<Change> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    change_by(
        &request.body(Body::empty()).unwrap(),
        &[notification("ObjectCreated:*", "", "")],
    )
}

#[rstest]
#[case("PUT", "/inventory/a/b.json", &[], Some("ObjectCreated:Put"))]
#[case("PUT", "/inventory/a", &[("x-amz-copy-source", "/x/y")], Some("ObjectCreated:Copy"))]
#[case("POST", "/inventory/a?uploadId=1", &[], Some("ObjectCreated:CompleteMultipartUpload"))]
#[case("POST", "/inventory/a?uploads", &[], None)]
#[case("PUT", "/inventory/a?partNumber=1&uploadId=1", &[], None)]
#[case("PUT", "/inventory/a?tagging", &[], None)]
#[case("DELETE", "/inventory/a/b.json", &[], Some("ObjectRemoved:Delete"))]
#[case("POST", "/inventory?delete", &[], Some("ObjectRemoved:Delete"))]
#[case("DELETE", "/inventory/a?uploadId=1", &[], None)]
#[case("DELETE", "/inventory", &[], None)]
#[case("PUT", "/inventory/", &[], None)]
#[case("PUT", "/inventory", &[], None)]
#[case("PUT", "/other/a", &[], None)]
#[case("GET", "/inventory/a", &[], None)]
fn only_requests_that_make_or_remove_an_object_are_events(
    #[case] method: &str,
    #[case] uri: &str,
    #[case] headers: &[(&str, &str)],
    #[case] kind: Option<&str>,
) {
    assert_eq!(change(method, uri, headers).map(|change| change.kind), kind);
}

#[rstest]
#[case("ObjectCreated:*", "", "", true)]
#[case("ObjectCreated:Put", "in/", ".json", true)]
#[case("ObjectCreated:Copy", "", "", false)]
#[case("ObjectCreated:*", "out/", "", false)]
#[case("ObjectCreated:*", "", ".csv", false)]
fn a_consumer_is_told_about_its_objects_only(
    #[case] events: &str,
    #[case] prefix: &str,
    #[case] suffix: &str,
    #[case] told: bool,
) {
    let created = change("PUT", "/inventory/in/a%20b.json", &[]).unwrap();
    assert_eq!(created.concerns(&notification(events, prefix, suffix)), told);
}

#[test]
fn the_event_has_the_shape_and_the_key_encoding_of_s3() {
    let mut created = change("PUT", "/inventory/in/a%20b%2Bc.json", &[]).unwrap();
    (created.size, created.etag) = (3, "e".to_owned());
    insta::assert_json_snapshot!(created.event("eu-west-1", 1_767_225_600_123, "7"));
}

#[test]
fn the_answer_to_a_request_that_removes_many_objects_names_them() {
    let change = change("POST", "/inventory?delete", &[]).unwrap();
    let answer = "<DeleteResult><Deleted><Key>a/b.json</Key></Deleted><Deleted><Key>c&amp;lt;.json</Key></Deleted>\
                  <Error><Key>kept.json</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    let removed = change.removals(answer);
    let keys: Vec<&str> = removed.iter().map(|change| change.key.as_str()).collect();
    assert_eq!(keys, ["a/b.json", "c&lt;.json"]);
    let event = removed[0].event("eu-west-1", 0, "7");
    let object = &event["Records"][0]["s3"]["object"];
    assert_eq!(object["key"], "a/b.json");
    assert_eq!((object.get("size"), object.get("eTag")), (None, None));
}
