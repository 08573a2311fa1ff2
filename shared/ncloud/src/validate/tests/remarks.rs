//! Remarks, and what an update changes.

use super::*;

#[test]
fn remarks_come_only_when_asked_for() {
    let first = target("Complete", &json!(["View*"]), &json!(["*"]));
    let second = target(
        "Complete",
        &json!(["Change/setThing"]),
        &json!(["nrn:*:Complete:*::*"]),
    );
    let body = targets(&json!([first, second]));
    assert_eq!(report_of(&body).findings(), []);
    assert_eq!(
        brief(&with_info(&body, None)),
        [
            "permissions[0].targets[0].actions[0] iam.policy.info.wildcardExpansion",
            "permissions[0].targets[0].resourceNrns[0] iam.policy.info.nrnNormalised",
            "permissions[0].targets[1] iam.policy.info.mergeableTargets",
        ]
    );
}

#[test]
fn an_update_tells_what_it_adds_and_takes() {
    let name = |number: u8| format!("nrn:PUB:Server:KR:1:Server/{number}");
    let old = one("Server", &json!(["View*"]), &json!([name(1), name(2)]));
    let stored = report_of(&old).policy().cloned().unwrap();
    assert_eq!(
        brief(&with_info(&old, Some(&stored))),
        ["permissions iam.policy.info.noChange"]
    );

    let new = one(
        "Server",
        &json!(["View/a", "Change/b"]),
        &json!([name(2), name(3)]),
    );
    let report = with_info(&new, Some(&stored));
    let remarks: Vec<_> = report
        .findings()
        .iter()
        .filter(|finding| finding.finding_type == FindingType::Info)
        .map(|finding| format!("{}: {}", finding.location, finding.message))
        .collect();
    assert_eq!(
        remarks,
        [
            format!(
                "permissions: The policy no longer allows View* on {} and View* on {}.",
                name(1),
                name(2)
            ),
            format!(
                "permissions[0].targets[0].actions[0]: The stored policy does not allow View/a on {}.",
                name(3)
            ),
            format!(
                "permissions[0].targets[0].actions[1]: The stored policy does not allow Change/b on {} and {}.",
                name(2),
                name(3)
            ),
        ]
    );
}

#[test]
fn a_policy_is_stored_with_the_resource_star_written_out_and_nothing_else_changed() {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["permissions"][0]["note"] = json!("ignored");
    let policy = report_of(&body).policy.unwrap();
    assert_eq!(
        serde_json::to_string(&policy).unwrap(),
        UPDATE.replace(r#"["*"]"#, r#"["nrn:*:Server:*::*"]"#)
    );
}
