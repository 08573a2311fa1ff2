//! Members that do not belong there, and bounds of what is reported and stored.

use super::*;

#[test]
fn the_first_of_equal_members_is_checked_and_the_others_are_reported_once() {
    let body = UPDATE.replace(
        r#""description""#,
        r#""policyName":"!","policyName":1,"tags":[],"tags":1,"description""#,
    );
    assert_eq!(
        brief(&report(&body)),
        [
            "policyName iam.error.duplicateKey",
            "tags iam.error.unknownField",
            "tags iam.error.duplicateKey",
        ]
    );
}

#[test]
fn members_that_do_not_belong_there_come_last_in_order_of_appearance() {
    let body = UPDATE
        .replacen('{', r#"{"zeta":0,"al pha":0,"condition":1,"#, 1)
        .replacen("\"effect\"", "\"b\":1,\"effect\"", 1);
    assert_eq!(
        brief(&report(&body)),
        [
            "permissions[0].b iam.error.unknownField",
            "zeta iam.error.unknownField",
            r#"["al pha"] iam.error.unknownField"#,
            "condition iam.error.unknownField",
        ]
    );
}

#[test]
fn a_hundred_findings_are_shown_and_the_others_counted() {
    let bad: Vec<Value> = (0..150)
        .map(|_| target("X Z", &json!(["View*"]), &json!(["*"])))
        .collect();
    let report = report_of(&targets(&json!(bad)));
    assert!(!report.success());
    assert_eq!(report.findings().len(), 101);
    assert_eq!(
        report.findings()[99].location,
        "permissions[0].targets[99].product"
    );
    let last = &report.findings()[100];
    assert_eq!(
        (
            last.finding_type,
            last.code.as_str(),
            last.location.as_str(),
            last.message.as_str()
        ),
        (
            FindingType::Info,
            "iam.error.detailsTruncated",
            "permissions",
            "50 more findings are not shown."
        )
    );
}

#[test]
fn errors_are_kept_before_warnings_when_findings_are_cut() {
    let mut list: Vec<Value> = (0..2_000)
        .map(|i| {
            target(
                "Server",
                &json!(["View*"]),
                &json!([format!("nrn:PUB:Server:KR:{i}:A/1"), "*", "*"]),
            )
        })
        .collect();
    list.push(target("X Z", &json!(["View*"]), &json!(["*"])));
    let report = report_of(&targets(&json!(list)));
    assert!(!report.success());
    assert_eq!(report.findings().len(), 101);
    assert!(
        report
            .findings()
            .iter()
            .any(|f| f.location == "permissions[0].targets[2000].product")
    );
    assert_eq!(
        report.findings()[0].location,
        "permissions[0].targets[0].resourceNrns[0]"
    );
}

#[test]
fn the_stored_size_is_limited_and_counts_what_is_stored() {
    let resources = |count: usize| -> Vec<String> {
        (0..count)
            .map(|i| format!("nrn:PUB:Server:KR:1:Server/{i:0>68}"))
            .collect()
    };
    let body = |count: usize| one("Server", &json!(["View*"]), &json!(resources(count)));
    // Each name takes 98 bytes with its quotes and comma, the rest 93.
    let most = (358_400 - 93) / 98;
    let good = report_of(&body(most));
    assert_eq!(good.findings(), []);
    assert!(
        serde_json::to_string(good.policy().unwrap().permissions())
            .unwrap()
            .len()
            <= 358_400
    );
    let mut too_large = body(most + 2);
    too_large["permissions"][0]["targets"][0]["resourceNrns"][1] = json!("*");
    let report = report_of(&too_large);
    assert_eq!(
        brief(&report),
        ["permissions iam.policy.size.max"],
        "and no pairwise checks"
    );
}
