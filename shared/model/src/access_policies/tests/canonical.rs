use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{ID, grant, object, portal};
use crate::access_policies::{
    CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy, DeletePortal, DeleteProject,
    Repeatable, UpdateAccessPolicy,
};
use crate::json;

/// The canonical text of a body.
type Canonical = fn(&Value) -> String;

fn create(body: &Value) -> String {
    create_from(&body.to_string())
}

fn create_from(body: &str) -> String {
    let body = json::object(body.as_bytes()).unwrap();
    CreateAccessPolicy::from_request(&body).unwrap().canonical()
}

fn update(body: &Value) -> String {
    UpdateAccessPolicy::from_request(ID, &object(body))
        .unwrap()
        .canonical()
}

fn create_portal(body: &Value) -> String {
    create_portal_from(&body.to_string())
}

fn create_portal_from(body: &str) -> String {
    let body = json::object(body.as_bytes()).unwrap();
    CreatePortal::from_request(&body).unwrap().canonical()
}

fn create_project(body: &Value) -> String {
    create_project_from(&body.to_string())
}

fn create_project_from(body: &str) -> String {
    let body = json::object(body.as_bytes()).unwrap();
    CreateProject::from_request(&body).unwrap().canonical()
}

fn project() -> Value {
    json!({
        "portalId": ID,
        "projectName": "Caps",
        "projectDescription": "of bottles",
        "clientToken": "0123456789-0123456789-0123456789-012345",
        "tags": { "a": "1" },
    })
}

#[test]
fn the_form_is_fixed_since_hashes_of_it_are_stored() {
    let mut body = grant();
    body["tags"] = json!({ "b": "2", "a": "1" });
    assert_eq!(
        create(&body),
        format!(
            r#"{{"v":1,"op":"CreateAccessPolicy","identity":{{"user":"u-1"}},"resource":{{"portal":"{ID}"}},"permission":"VIEWER","tags":{{"a":"1","b":"2"}}}}"#
        )
    );
    body.as_object_mut().unwrap().remove("tags");
    assert!(create(&body).ends_with(r#","tags":{}}"#));
    assert_eq!(
        update(&body),
        format!(
            r#"{{"v":1,"op":"UpdateAccessPolicy","id":"{ID}","identity":{{"user":"u-1"}},"resource":{{"portal":"{ID}"}},"permission":"VIEWER"}}"#
        )
    );
    assert_eq!(
        DeleteAccessPolicy::from_request(ID, &[]).unwrap().canonical(),
        format!(r#"{{"v":1,"op":"DeleteAccessPolicy","id":"{ID}"}}"#)
    );
    assert_eq!(
        create_project(&project()),
        format!(
            r#"{{"v":1,"op":"CreateProject","portalId":"{ID}","name":"Caps","description":"of bottles","tags":{{"a":"1"}}}}"#
        )
    );
    assert_eq!(
        create_portal(&portal()),
        concat!(
            r#"{"v":1,"op":"CreatePortal","name":"Line 7","description":"Bottling","contactEmail":"line7@example.com","#,
            r#""logo":"iVBORw==","roleArn":"arn:aws:iam::111122223333:role/portal","tags":{"a":"1"},"authMode":"IAM","#,
            r#""notificationSenderEmail":"alarms@example.com","alarms":{"alarmRoleArn":"arn:aws:iam::111122223333:role/alarms","#,
            r#""notificationLambdaArn":"arn:aws:lambda:us-east-1:111122223333:function:f"},"type":"SITEWISE_PORTAL_V2","#,
            r#""typeConfiguration":{"tools":{"portalTools":["ASSISTANT","DASHBOARD"]}}}"#
        )
    );
    assert_ne!(
        DeletePortal::from_request(ID, &[]).unwrap().canonical(),
        DeleteProject::from_request(ID, &[]).unwrap().canonical()
    );
}

/// Collects every leaf of a body: its pointer, and another value that is right as well.
fn leaves(body: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                leaves(value, &format!("{at}/{index}"), found);
            }
        }
        Value::String(text) => {
            let other = match text.as_str() {
                "VIEWER" => "ADMINISTRATOR".to_owned(),
                "IAM" => "SSO".to_owned(),
                "SITEWISE_PORTAL_V2" => "SITEWISE_PORTAL_V1".to_owned(),
                "iVBORw==" => "iVBORg==".to_owned(),
                ID => ID.replace('a', "b"),
                "1" => String::new(),
                text => format!("{text}x"),
            };
            // The only type of logos has no other value, and tokens do not count.
            if !at.ends_with("/type") && !at.ends_with("clientToken") {
                found.push((at.to_owned(), Value::from(other)));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{body}"),
    }
}

#[test]
fn every_leaf_of_a_request_counts() {
    let bodies: [(Value, Canonical); 4] = [
        (grant(), create),
        (grant(), update),
        (portal(), create_portal),
        (project(), create_project),
    ];
    for (body, canonical) in bodies {
        let mut changes = Vec::new();
        leaves(&body, "", &mut changes);
        assert!(changes.len() >= 4);
        for (pointer, value) in changes {
            let mut other = body.clone();
            *other.pointer_mut(&pointer).unwrap() = value;
            let is_seen = canonical(&other) != canonical(&body);
            // An update has no tags.
            let is_tag_of_update =
                canonical(&body).contains("UpdateAccessPolicy") && pointer.starts_with("/tags");
            assert_eq!(is_seen, !is_tag_of_update, "{pointer}");
        }
    }
}

#[test]
fn identities_of_different_kinds_with_one_text_are_told_apart() {
    let identity = |identity: Value| {
        let mut body = grant();
        body["accessPolicyIdentity"] = identity;
        create(&body)
    };
    let arn = "arn:aws:iam::1:user/a";
    let texts = [
        identity(json!({ "user": { "id": arn } })),
        identity(json!({ "group": { "id": arn } })),
        identity(json!({ "iamUser": { "arn": arn } })),
        identity(json!({ "iamRole": { "arn": arn } })),
    ];
    let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
    assert_eq!(distinct.len(), 4);
}

/// Returns the value as JSON text with its members in another order, white space, nulls, and members that nobody knows.
fn rewritten(value: &Value, noise: &mut impl Iterator<Item = u8>) -> String {
    let blank = |noise: u8| ["", " ", "\n\t", "\r\n "][usize::from(noise) % 4];
    let before = blank(noise.next().unwrap());
    let text = match value {
        Value::Object(members) => {
            let is_map = members.contains_key("a") || members.contains_key("tools");
            let mut parts: Vec<String> = members
                .iter()
                .map(|(name, value)| {
                    let gap = blank(noise.next().unwrap());
                    format!("{}{gap}:{}", Value::from(name.as_str()), rewritten(value, noise))
                })
                .collect();
            if !is_map {
                parts.extend(["\"nobody\":null".to_owned(), "\"knows\":{\"me\":[1]}".to_owned()]);
            }
            for index in (1..parts.len()).rev() {
                parts.swap(index, usize::from(noise.next().unwrap()) % (index + 1));
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(elements) => {
            let parts: Vec<String> = elements.iter().map(|element| rewritten(element, noise)).collect();
            format!("[{}]", parts.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    };
    format!("{before}{text}{before}")
}

proptest! {
    #[test]
    fn order_white_space_nulls_and_unknown_members_do_not_count(
        noise in proptest::collection::vec(any::<u8>(), 1..200),
        tags in proptest::collection::btree_map("[a-z]{1,3}", "[a-z ]{0,3}", 1..5),
    ) {
        let mut noise = noise.into_iter().cycle();
        let mut body = grant();
        let mut tags: Map<String, Value> = tags.into_iter().map(|(key, value)| (key, value.into())).collect();
        tags.insert("a".to_owned(), "1".into());
        body["tags"] = tags.into();
        prop_assert_eq!(create_from(&rewritten(&body, &mut noise)), create(&body));
        prop_assert_eq!(create_portal_from(&rewritten(&portal(), &mut noise)), create_portal(&portal()));
        prop_assert_eq!(create_project_from(&rewritten(&project(), &mut noise)), create_project(&project()));
    }
}
