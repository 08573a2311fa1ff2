use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::validate::tests::{policy, report_of, target, targets, with_info};

/// Returns the rows of the tables in the documentation: code, type, and the line.
fn documented() -> Vec<(String, String, String)> {
    include_str!("../../../../docs/policies.md")
        .lines()
        .filter(|line| line.starts_with("| `iam."))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let mut cell = || cells.next().unwrap_or_default().to_owned();
            (cell().trim_matches('`').to_owned(), cell(), line.to_owned())
        })
        .collect()
}

#[test]
fn the_documentation_lists_every_code_in_order_with_its_type() {
    let documented: Vec<_> = documented()
        .into_iter()
        .map(|(code, kind, _)| (code, kind))
        .collect();
    let known: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let kind = serde_json::to_value(code.finding_type()).unwrap();
            (code.as_str().to_owned(), kind.as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn codes_serialise_as_their_text() {
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

/// Returns one finding of every code, from bodies that have it.
fn specimens() -> BTreeMap<&'static str, String> {
    let name = |id: &str| format!("nrn:PUB:Server:KR:1:Server/{id}");
    let view = |resources| target("Server", &json!(["View*"]), &resources);
    let good = targets(&json!([view(json!([name("1")]))]));
    let with = |member: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[member] = value;
        report_of(&body)
    };
    let one =
        |product, actions, resources| report_of(&targets(&json!([target(product, &actions, &resources)])));
    let twice = r#"{"policyName":"abc","description":"","description":"","permissions":[]}"#;
    let allow = |target| json!({ "effect": "Allow", "targets": [target] });
    let large: Vec<String> = (0..4_000).map(|i| name(&format!("{i:0>100}"))).collect();
    let stars: Vec<String> = (0..1_000).map(|i| name(&format!("*a*{i}*b"))).collect();
    let names = |kind: &'static str| (0..1_500).map(move |i| name(&format!("{kind}{i}")));
    let separate = targets(&names("old").map(|name| view(json!([name]))).collect());
    let separate = report_of(&separate).policy().cloned().unwrap();
    let many: Vec<_> = (0..101).map(|_| json!(null)).collect();
    let stored = report_of(&good).policy().cloned().unwrap();
    let reports = [
        report_of(&json!({})),
        with("description", json!(5)),
        crate::validate::tests::report(twice),
        with("policyName", json!("ab")),
        with("policyName", json!("a".repeat(31))),
        with("policyName", json!("a b")),
        with("description", json!("a".repeat(301))),
        with(
            "permissions",
            json!([{ "effect": "allow", "targets": [view(json!(["*"]))], "condition": {} }]),
        ),
        one("a server", json!(["View*"]), json!(["*"])),
        one("server", json!(["View*"]), json!(["*"])),
        one("Server", json!(["View*"]), json!(["nrn:PUV:Server:KR:1:*"])),
        one("Server", json!(["View*"]), json!(["nrn:PUB:Server:KRX:1:*"])),
        one(
            "Complete",
            json!(["View*"]),
            json!(["nrn:PUB:Complete:KR:1:Thin/1"]),
        ),
        one("Server", json!(["View*"]), json!(stars)),
        with_info(
            &targets(&json!([view(json!(names("new").collect::<Vec<_>>()))])),
            Some(&separate),
        ),
        one("APIGateway", json!(["getAPIDetail"]), json!(["*"])),
        one("APIGateway", json!(["view*"]), json!(["*"])),
        one("Server", json!(["View*"]), json!(["x"])),
        one("Server", json!(["View*"]), json!(["nrn: "])),
        one("Server", json!(["View*"]), json!([name(&"a".repeat(128))])),
        one("Server", json!(["View*"]), json!(["nrn:PUB"])),
        one("Server", json!(["View*"]), json!(["nrn:PUB:VPC:KR:1:Server/1"])),
        one("Server", json!(["View*"]), json!(large)),
        one("APIGateway", json!(["View/getBucketList"]), json!(["*"])),
        one("Server", json!(["View*", "View*"]), json!(["*", "*"])),
        report_of(&targets(&json!([view(json!(["*"])), view(json!(["*"]))]))),
        report_of(&policy(&json!([
            allow(view(json!(["*"]))),
            allow(view(json!(["*"])))
        ]))),
        one(
            "APIGateway",
            json!(["View/getAPIKeyList"]),
            json!(["nrn:PUB:APIGateway:KR:1:APIKey/1"]),
        ),
        one(
            "APIGateway",
            json!(["View/getAPIDetail"]),
            json!(["nrn:PUB:APIGateway:KR:1:Product/1"]),
        ),
        one("IAM", json!(["*"]), json!(["*"])),
        with("descripton", json!("")),
        with("permissions", json!(many)),
        with_info(
            &targets(&json!([
                target("Complete", &json!(["View*"]), &json!(["*"])),
                target("Complete", &json!(["Change*"]), &json!(["*"])),
            ])),
            Some(&stored),
        ),
        with_info(&good, Some(&stored)),
    ];
    let findings = reports.into_iter().flat_map(|report| report.findings().to_vec());
    let mut specimens = BTreeMap::new();
    for finding in findings {
        specimens
            .entry(finding.code.as_str())
            .or_insert(format!("{}: {}", finding.location, finding.message));
    }
    specimens
}

#[test]
fn every_code_has_a_finding_with_its_message() {
    let specimens = specimens();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !specimens.contains_key(code.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let lines: Vec<String> = specimens
        .iter()
        .map(|(code, text)| format!("{code}\n    {text}\n"))
        .collect();
    insta::assert_snapshot!(lines.concat());
}

#[test]
fn every_message_is_short_and_on_one_line() {
    for (code, text) in specimens() {
        assert!(!text.contains(['\n', '\r']) && text.len() < 400, "{code}: {text}");
        assert!(text.ends_with(['.', '?']), "{code}: {text}");
    }
}

/// The fixed text of the documented messages is that of the messages given.
#[test]
fn the_documentation_quotes_the_messages() {
    let specimens = specimens();
    for (code, _, row) in documented() {
        let message = row
            .rsplit('|')
            .nth(1)
            .unwrap_or_default()
            .trim()
            .trim_matches('`')
            .to_owned();
        let given = specimens.get(code.as_str()).unwrap();
        for fixed in message.split(['{', '}']).step_by(2) {
            assert!(given.contains(fixed), "{code}: `{fixed}` is not in `{given}`");
        }
    }
}

#[rstest]
#[case("a\nb", "Product a\\nb does not exist.")]
#[case(&"x".repeat(70), &format!("Product {}… does not exist.", "x".repeat(64)))]
fn input_is_cited_safely(#[case] product: &str, #[case] message: &str) {
    let report = report_of(&targets(&json!([target(
        product,
        &json!(["View*"]),
        &json!(["*"])
    )])));
    assert_eq!(report.findings()[0].message, message);
}
