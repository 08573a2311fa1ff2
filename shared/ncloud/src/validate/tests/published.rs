//! The examples that the service publishes.

use super::*;

#[test]
fn the_published_example_succeeds_without_findings_and_keeps_its_trailing_space() {
    let report = report(UPDATE);
    assert!(report.success());
    assert_eq!(report.findings(), []);
    assert_eq!(report.policy().unwrap().description(), "policy test ");
}

#[test]
fn the_published_failure_is_reproduced_to_the_byte() {
    let body = json!({ "policyName": "a".repeat(31), "description": "x" });
    let report = report_of(&body);
    assert!(!report.success());
    assert_eq!(report.policy(), None);
    assert_eq!(
        serde_json::to_string_pretty(report.findings()).unwrap(),
        r#"[
  {
    "type": "ERROR",
    "code": "iam.policy.invalidName.length.max",
    "location": "policyName",
    "message": "Policy name field must be less than 30 characters."
  },
  {
    "type": "ERROR",
    "code": "iam.error.requiredFieldIsMissing",
    "location": "permissions",
    "message": "The required value is missing."
  }
]"#
    );
}
