//! Explanations of rows.

use super::sample_organization::{ALICE, EVE, SampleOrganization};
use super::selected::explained;
use crate::aws::tests::sample_account::SampleAccount;
use crate::row::{ExplainedStatement, Layer, RowResult};

fn brief(one: &ExplainedStatement) -> String {
    let layer = match one.layer {
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::ServiceControl => "level",
        Layer::ResourceControl => "resource level",
        Layer::Resource => "resource",
        Layer::Trust => "trust",
    };
    let level = one.level.map(|level| level.to_string()).unwrap_or_default();
    let part = if one.whole { "" } else { " part" };
    let condition = if one.conditional { " if" } else { "" };
    format!("{layer}{level} {} {}{part}{condition}", one.statement, one.effect)
}

fn briefs(statements: &[ExplainedStatement]) -> String {
    let all: Vec<String> = statements.iter().map(brief).collect();
    all.join(", ")
}

fn statement(effect: &str, action: &str, resource: &str, more: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"{more}}}"#)
}

#[test]
fn every_granting_and_limiting_statement_is_named() {
    let mut account = SampleAccount::of(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
        {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}"#,
    );
    account.group = vec![statement("Allow", "s3:GetObject", "arn:aws:s3:::a/*", "")];
    account.boundary = Some(vec![
        statement("Allow", "s3:*", "arn:aws:s3:::*", r#","Sid":"Some""#),
        statement(
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::a/public/*",
            r#","Sid":"Narrow""#,
        ),
    ]);
    let all = statement("Allow", "*", "*", "");
    let late = r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    let deny = statement("Deny", "s3:GetObject", "*", late);
    account.levels = Some(vec![vec![all.clone()], vec![all, deny]]);
    let effective = account.effective();
    let rows = explained(&effective, "action.name = 's3:GetObject'");
    let found: Vec<String> = rows
        .iter()
        .map(|row| {
            let explanation = row.explanation.as_ref().unwrap();
            let (granting, limiting) = (briefs(&explanation.granting), briefs(&explanation.limiting));
            let residual = explanation.residual.as_ref().map(|one| one.0.to_string());
            format!(
                "{}: {granting} | {limiting} | {}",
                row.dest_resource_id,
                residual.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "*: identity 0 Allow if | identity 1 Deny part, boundary 1 Allow part, level1 1 Deny if | \
            (IpAddress(aws:sourceip, \"10.0.0.0/8\") and not Bool(aws:securetransport, \"false\"))",
            "arn:aws:s3:::a/*: identity 0 Allow | boundary 1 Allow part, level1 1 Deny if | \
            not Bool(aws:securetransport, \"false\")",
        ]
    );
}

#[test]
fn both_sides_of_a_grant_across_accounts_are_named() {
    let read = |more: &str| statement("Allow", "s3:GetObject", "arn:aws:s3:::a/*", more);
    let organization = SampleOrganization {
        eve: vec![read("")],
        bucket: vec![
            read(&format!(
                r#","Sid":"Reader","Principal":{{"AWS":"{EVE}"}},"Condition":{{"StringEquals":{{"aws:SourceVpce":"vpce-1"}}}}"#
            )),
            read(&format!(r#","Principal":{{"AWS":"{ALICE}"}}"#)),
            statement("Deny", "s3:*", "arn:aws:s3:::a/secret/*", r#","Principal":"*""#),
        ],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let rows = explained(&effective, "source.cloud.resource.name = 'eve'");
    let found: Vec<[String; 3]> = rows
        .iter()
        .map(|row| {
            let explanation = row.explanation.as_ref().unwrap();
            assert_eq!(explanation.result, RowResult::Conditional);
            [
                &explanation.granting,
                &explanation.also_allowing,
                &explanation.limiting,
            ]
            .map(|list| briefs(list))
        })
        .collect();
    assert_eq!(
        found,
        [
            ["identity 0 Allow", "resource 0 Allow if", "resource 2 Deny part"],
            ["resource 0 Allow if", "identity 0 Allow", "resource 2 Deny part"],
        ]
    );
    // The text is not read as a map of insta, because a statement is written as the text that it is.
    insta::assert_snapshot!(serde_json::to_string_pretty(&rows[0].explanation).unwrap());
}

#[test]
fn each_policy_behind_a_row_is_added_once_and_as_a_whole() {
    let mut account = SampleAccount::of(
        r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/secret/*"},
        {"Effect":"Deny","Action":"s3:GetObject"},
        {"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::a/*"},
        {"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a/*"},
        {"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#,
    );
    account.boundary = Some(vec![statement("Allow", "s3:*", "arn:aws:s3:::a/b/*", "")]);
    let effective = account.effective();
    let mut rows = explained(&effective, "action.name = 's3:GetObject'");
    let explanation = rows[0].explanation.as_mut().unwrap();
    assert!(explanation.policies.is_empty(), "they were not asked for");
    explanation.add_policies();
    let json = serde_json::to_value(&*explanation).unwrap();
    let policies = json["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 2, "{policies:#?}");
    let mut found = 0;
    for list in ["granting", "limiting"] {
        for statement in json[list].as_array().unwrap() {
            let policy = policies
                .iter()
                .find(|one| one["policyId"] == statement["policyId"])
                .unwrap();
            let place = usize::try_from(statement["statement"].as_u64().unwrap()).unwrap();
            assert_eq!(policy["json"]["Statement"][place], statement["json"]);
            found += 1;
        }
    }
    assert_eq!(
        (found, policies[0]["json"]["Statement"].as_array().unwrap().len()),
        (4, 5)
    );
}

#[test]
fn what_a_row_hangs_on_is_told_as_tests() {
    let conditions = r#","Condition":{"StringNotEquals":{"aws:SourceVpc":["v","w"]},"Null":{"aws:TokenIssueTime":"true"},"Resembles":{"aws:x":"1"}}"#;
    let mut account = SampleAccount::of(&statement("Allow", "s3:ListBucket", "arn:aws:s3:::b", conditions));
    let variable = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#;
    account.group = vec![statement(
        "Deny",
        "s3:*",
        "arn:aws:s3:::${aws:SourceVpc}",
        variable,
    )];
    let effective = account.effective();
    let rows = explained(&effective, "action.name = 's3:ListBucket'");
    insta::assert_json_snapshot!(rows[0].explanation.as_ref().unwrap().residual);
    let many: Vec<String> = (0..70)
        .map(|number| format!(r#""aws:RequestTag/{number}":"x""#))
        .collect();
    let conditions = format!(r#","Condition":{{"StringEquals":{{{}}}}}"#, many.join(","));
    let account = SampleAccount::of(&statement(
        "Allow",
        "s3:ListBucket",
        "arn:aws:s3:::b",
        &conditions,
    ));
    let effective = account.effective();
    let rows = explained(&effective, "action.name = 's3:ListBucket'");
    let residual = serde_json::to_string(&rows[0].explanation.as_ref().unwrap().residual).unwrap();
    assert_eq!(residual, r#"{"text":"complex","condition":"complex"}"#);
}
