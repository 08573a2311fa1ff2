use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/ops/ana";

/// Makes a record of a call of the user in eu-west-1, with further members.
fn record(source: &str, name: &str, members: &Value) -> Value {
    let mut record = json!({
        "eventTime": "2026-03-01T00:00:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "userIdentity": {"type": "IAMUser", "arn": USER, "accountId": "111122223333"},
    });
    let all = record.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    record
}

fn understood(record: &Value) -> Call {
    let text = record.to_string();
    understand(&serde_json::from_str(&text).unwrap())
}

fn call(source: &str, name: &str, request: &Value) -> Call {
    understood(&record(source, name, &json!({"requestParameters": request})))
}

fn actions(call: &Call) -> Vec<&str> {
    call.actions.iter().map(|called| called.action.as_str()).collect()
}

fn resources<'c>(call: &'c Call, action: &str) -> Vec<&'c str> {
    call.actions
        .iter()
        .filter(|called| called.action == action)
        .flat_map(|called| called.resources.iter().map(|resource| resource.text.as_str()))
        .collect()
}

mod created;
mod mapping;
mod needed;
mod passed;
mod touched;
