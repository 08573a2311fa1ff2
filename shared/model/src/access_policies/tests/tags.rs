use rstest::rstest;
use serde_json::{Map, Value, json};

use super::{ID, object, violations};
use crate::access_policies::{Deployment, TagResource, Tags, UntagResource};

fn deployment() -> Deployment {
    Deployment {
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
    }
}

fn arn() -> String {
    format!("arn:aws:iotsitewise:us-east-1:111122223333:portal/{ID}")
}

fn read(tags: &Value) -> Result<Tags, Vec<(String, String)>> {
    let read = TagResource::from_request(&deployment(), &[&arn()], &object(&json!({ "tags": tags })));
    read.map(|read| read.tags).map_err(|refused| violations(&refused))
}

fn many(count: usize) -> Value {
    let tags: Map<String, Value> = (0..count).map(|number| (number.to_string(), json!(""))).collect();
    tags.into()
}

#[rstest]
#[case::least(json!({ "a": "" }))]
#[case::longest(json!({ "k".repeat(128): "v".repeat(256) }))]
#[case::code_points(json!({ "𝄞".repeat(128): "𝄞".repeat(256) }))]
#[case::any_character(json!({ "\u{0}\n": "\u{7f}" }))]
#[case::aws_elsewhere(json!({ "my:aws:a": "aws:" }))]
#[case::most(many(50))]
fn right_tags_are_read_as_they_are(#[case] tags: Value) {
    assert_eq!(json!(read(&tags).unwrap()), tags);
}

#[rstest]
#[case::none(json!({}), "Member must have length between 1 and 50, inclusive")]
#[case::too_many(many(51), "Member must have length between 1 and 50, inclusive")]
#[case::empty_key(json!({ "": "1" }), "Map keys must have length between 1 and 128, inclusive")]
#[case::long_key(json!({ "k".repeat(129): "1" }), "Map keys must have length between 1 and 128, inclusive")]
#[case::reserved(json!({ "aws:a": "1" }), "Map keys must not start with aws:")]
#[case::long_value(json!({ "a": "v".repeat(257) }), "Map values must have length between 0 and 256, inclusive")]
#[case::null(json!({ "a": null }), "Map values must be strings")]
#[case::number(json!({ "a": 1 }), "Map values must be strings")]
#[case::list([1], "Member must be an object")]
fn wrong_tags_are_told(#[case] tags: impl Into<Value>, #[case] rule: &str) {
    assert_eq!(
        read(&tags.into()).unwrap_err(),
        [("tags".to_owned(), rule.to_owned())]
    );
}

#[test]
fn a_fault_of_many_tags_is_told_once() {
    let refused = read(&json!({ "aws:a": "1", "aws:b": "1", "": "1", "c": null })).unwrap_err();
    assert_eq!(refused.len(), 3);
}

#[test]
fn merging_overwrites_and_stops_at_50() {
    let tags = |tags: Value| read(&tags).unwrap();
    let merged = tags(json!({ "a": "1", "b": "2" })).merged(&tags(json!({ "b": "3", "B": "4" })));
    assert_eq!(json!(merged), json!({ "a": "1", "b": "3", "B": "4" }));
    assert_eq!(tags(many(50)).merged(&tags(json!({ "a": "1" }))), None);
    assert!(tags(many(50)).merged(&tags(json!({ "7": "1" }))).is_some());
    let left = tags(json!({ "a": "1", "A": "2" })).without(&["a".to_owned(), "b".to_owned()]);
    assert_eq!(json!(left), json!({ "A": "2" }));
}

#[rstest]
#[case::one(1, true)]
#[case::most(200, true)]
#[case::none(0, false)]
#[case::too_many(201, false)]
fn up_to_200_keys_are_removed(#[case] count: usize, #[case] is_right: bool) {
    let keys = vec!["a"; count];
    assert_eq!(
        UntagResource::from_request(&deployment(), &[&arn()], &keys).is_ok(),
        is_right
    );
}

#[rstest]
#[case::empty("", false)]
#[case::longest(&"𝄞".repeat(128), true)]
#[case::long(&"x".repeat(129), false)]
#[case::reserved_are_nowhere_to_remove("aws:a", true)]
fn keys_to_remove_are_checked(#[case] key: &str, #[case] is_right: bool) {
    assert_eq!(
        UntagResource::from_request(&deployment(), &[&arn()], &[key]).is_ok(),
        is_right
    );
}

#[test]
fn the_arn_and_the_tags_are_told_together() {
    let refused = TagResource::from_request(&deployment(), &[], &object(&json!({}))).unwrap_err();
    assert_eq!(super::paths(&refused), ["resourceArn", "tags"]);
    let refused = UntagResource::from_request(&deployment(), &["x", "y"], &[]).unwrap_err();
    assert_eq!(super::paths(&refused), ["resourceArn", "tagKeys"]);
}
