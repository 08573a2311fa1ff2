mod actions;
mod bounds;
mod products;
mod published;
mod redundancy;
mod remarks;
mod resources;
mod shapes;

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::body::parse;
use crate::finding::{Finding, FindingType};
use crate::policy::Policy;

/// Returns the published catalogue with one product more, whose table is complete.
pub(crate) fn catalogue() -> Catalogue {
    let mut file: Value = serde_json::from_str(include_str!("../../data/products.json")).unwrap();
    let complete = json!({ "code": "Complete", "source": "nrn", "version": "", "complete": true, "actions": [
        { "action": "View/getThing", "resourceType": "Thing", "related": [] },
        { "action": "View/getThingList", "resourceType": null, "related": [] },
        { "action": "Change/setThing", "resourceType": "Thing", "related": [] },
    ] });
    file["products"].as_array_mut().unwrap().push(complete);
    Catalogue::parse(&file.to_string()).unwrap()
}

/// The findings of a report and the policy it accepts, apart from the body.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    findings: Vec<Finding>,
    policy: Option<Policy>,
}

impl Outcome {
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(crate) fn success(&self) -> bool {
        self.policy.is_some()
    }

    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }
}

fn outcome(body: &str, include_info: bool, stored: Option<&Policy>) -> Outcome {
    let (body, catalogue) = (parse(body.as_bytes()).unwrap(), catalogue());
    let report = validate(
        &body,
        &catalogue,
        Options {
            include_info,
            ..Options::default()
        },
    );
    let policy = report.policy();
    assert_eq!(report.success(), policy.is_some());
    let report = match stored {
        Some(stored) => report.compared_with(stored),
        None => report,
    };
    Outcome {
        policy,
        findings: report.into_findings(),
    }
}

pub(crate) fn report(body: &str) -> Outcome {
    outcome(body, false, None)
}

pub(crate) fn report_of(body: &Value) -> Outcome {
    report(&body.to_string())
}

pub(crate) fn with_info(body: &Value, stored: Option<&Policy>) -> Outcome {
    outcome(&body.to_string(), true, stored)
}

/// Returns `location code` of each finding.
pub(crate) fn brief(report: &Outcome) -> Vec<String> {
    report
        .findings()
        .iter()
        .map(|f| format!("{} {}", f.location, f.code.as_str()))
        .collect()
}

pub(crate) fn policy(permissions: &Value) -> Value {
    json!({ "policyName": "policy-test", "description": "policy test ", "permissions": permissions })
}

pub(crate) fn targets(targets: &Value) -> Value {
    policy(&json!([{ "effect": "Allow", "targets": targets }]))
}

pub(crate) fn target(product: &str, actions: &Value, resources: &Value) -> Value {
    json!({ "product": product, "actions": actions, "resourceNrns": resources })
}

fn one(product: &str, actions: &Value, resources: &Value) -> Value {
    targets(&json!([target(product, actions, resources)]))
}

#[rstest]
#[case::absent(json!({}), AbsentDescription::IsMissing, &["description iam.error.requiredFieldIsMissing"])]
#[case::null(json!({ "description": null }), AbsentDescription::IsMissing, &["description iam.error.requiredFieldIsMissing"])]
#[case::absent(json!({}), AbsentDescription::IsEmpty, &[])]
#[case::null(json!({ "description": null }), AbsentDescription::IsEmpty, &[])]
#[case::number(json!({ "description": 5 }), AbsentDescription::IsEmpty, &["description iam.error.invalidType"])]
#[case::long(json!({ "description": "x".repeat(301) }), AbsentDescription::IsEmpty, &["description iam.policy.invalidDescription.length.max"])]
fn an_absent_description_is_a_fault_or_empty(
    #[case] members: Value,
    #[case] absent_description: AbsentDescription,
    #[case] expected: &[&str],
) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body.as_object_mut().unwrap().remove("description");
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let text = body.to_string();
    let (body, catalogue) = (parse(text.as_bytes()).unwrap(), Catalogue::published());
    let options = Options {
        absent_description,
        ..Options::default()
    };
    let report = validate(&body, catalogue, options);
    if expected.is_empty() {
        assert_eq!(report.policy().unwrap().description(), "");
    }
    let found: Vec<String> = report
        .into_findings()
        .iter()
        .map(|f| format!("{} {}", f.location, f.code.as_str()))
        .collect();
    assert_eq!(found, expected);
}

/// Returns the message of the only finding.
fn message(report: &Outcome, code: &str) -> String {
    match report.findings() {
        [
            Finding {
                code: found, message, ..
            },
        ] => {
            assert_eq!(found.as_str(), code);
            message.clone()
        }
        findings => panic!("{findings:?}"),
    }
}

const UPDATE: &str = r#"{"policyName":"policy-test","description":"policy test ","permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}]}]}"#;
