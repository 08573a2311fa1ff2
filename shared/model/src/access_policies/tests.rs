mod arns;
mod canonical;
mod lists;
mod requests;
mod tags;
mod texts;
mod wire;

use serde_json::{Value, json};

use crate::request::Violations;

const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";

/// Returns the value as a request body that was read; its text lives as long as the process.
fn object(value: &Value) -> ::json::Object<'static> {
    crate::json::object(value.to_string().leak().as_bytes()).unwrap()
}

/// Returns the path and the rule of each violation.
fn violations(violations: &Violations) -> Vec<(String, String)> {
    let pair =
        |violation: &crate::request::Violation| (violation.path.clone(), violation.constraint.to_string());
    violations.iter().map(pair).collect()
}

fn paths(refused: &Violations) -> Vec<String> {
    violations(refused).into_iter().map(|(path, _)| path).collect()
}

/// Returns a request to create an access policy in which everything is right.
fn grant() -> Value {
    json!({
        "accessPolicyIdentity": { "user": { "id": "u-1" } },
        "accessPolicyResource": { "portal": { "id": ID } },
        "accessPolicyPermission": "VIEWER",
        "clientToken": "0123456789-0123456789-0123456789-012345",
        "tags": { "a": "1" },
    })
}

/// Returns a request to create a portal with every member.
fn portal() -> Value {
    json!({
        "portalName": "Line 7",
        "portalDescription": "Bottling",
        "portalContactEmail": "line7@example.com",
        "clientToken": "0123456789-0123456789-0123456789-012345",
        "portalLogoImageFile": { "data": "iVBORw==", "type": "PNG" },
        "roleArn": "arn:aws:iam::111122223333:role/portal",
        "tags": { "a": "1" },
        "portalAuthMode": "IAM",
        "notificationSenderEmail": "alarms@example.com",
        "alarms": {
            "alarmRoleArn": "arn:aws:iam::111122223333:role/alarms",
            "notificationLambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:f",
        },
        "portalType": "SITEWISE_PORTAL_V2",
        "portalTypeConfiguration": { "tools": { "portalTools": ["ASSISTANT", "DASHBOARD"] } },
    })
}
