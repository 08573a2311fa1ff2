//! These tests read the levels and policies of an organization.

use crate::{InventoryError, read_organization};

const ORGANIZATION: &str = r#"{"managementAccount":"999999999999",
    "policies":[{"id":"p-1","name":"Full","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}},
                {"id":"p-2","content":{"Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}}],
    "root":{"policies":["p-1"],"organizationalUnits":[
        {"policies":["p-1","p-2"],"accounts":[{"id":"111122223333","name":"Production","policies":["p-1"]}]}],
        "accounts":[{"id":"999999999999"}]}}"#;

#[test]
fn levels_lead_from_the_root_to_the_account() {
    let organization = read_organization(ORGANIZATION).unwrap();
    let levels: Vec<_> = organization
        .accounts
        .iter()
        .map(|account| {
            let levels = account.levels.iter().map(|level| level.service_control.clone());
            (account.id.as_str(), levels.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        levels,
        [
            ("999999999999", vec![vec![0], vec![]]),
            ("111122223333", vec![vec![0], vec![0, 1], vec![0]]),
        ]
    );
    let dangling = ORGANIZATION.replace(r#"["p-1","p-2"]"#, r#"["p-9"]"#);
    let error = read_organization(&dangling).unwrap_err().to_string();
    assert_eq!(
        error,
        "root.organizationalUnits[0].serviceControlPolicies[0]: the document does not hold `p-9`, so that a part of the document is missing"
    );
}

#[test]
fn units_nested_deeper_than_an_organization_can_be_are_refused() {
    let mut unit = String::from("{}");
    for _ in 0..40 {
        unit = format!(r#"{{"organizationalUnits":[{unit}]}}"#);
    }
    let file = format!(r#"{{"policies":[],"root":{unit}}}"#);
    assert!(matches!(
        read_organization(&file),
        Err(InventoryError::TooDeep { .. })
    ));
}

#[test]
fn an_organization_has_two_kinds_of_policies_and_a_path_to_each_account() {
    let text = r#"{"organizationId":"o-a1","managementAccount":"999999999999",
        "serviceControlPolicies":[{"id":"p-FullAWSAccess","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}],
        "resourceControlPolicies":[{"id":"p-1","name":"perimeter","content":{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}}],
        "root":{"id":"r-1","name":"Root","serviceControlPolicies":["p-FullAWSAccess"],"organizationalUnits":[
            {"id":"ou-1","name":"Work","resourceControlPolicies":["p-1"],"accounts":[{"id":"111122223333","name":"Production"}]}]}}"#;
    let organization = read_organization(text).unwrap();
    assert_eq!(organization.findings, []);
    let account = &organization.accounts[0];
    assert_eq!(organization.path_of(account).as_deref(), Some("o-a1/r-1/ou-1/"));
    let attached: Vec<_> = account
        .levels
        .iter()
        .map(|level| {
            (
                level.name.as_deref(),
                level.service_control.as_slice(),
                level.resource_control.as_slice(),
            )
        })
        .collect();
    let expected: [(Option<&str>, &[usize], &[usize]); 3] = [
        (Some("Root"), &[0], &[]),
        (Some("Work"), &[], &[0]),
        (Some("Production"), &[], &[]),
    ];
    assert_eq!(attached, expected);
    assert_eq!(
        organization
            .policies()
            .map(|policy| policy.name)
            .collect::<Vec<_>>(),
        ["p-FullAWSAccess", "perimeter"]
    );
    let accounts_only = read_organization(r#"{"root":{"accounts":[{"id":"111122223333"}]}}"#).unwrap();
    assert_eq!(
        (
            accounts_only.service_control_policies,
            accounts_only.resource_control_policies
        ),
        (None, None)
    );
}
