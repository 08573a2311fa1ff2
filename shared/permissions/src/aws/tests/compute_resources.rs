//! Functions and instances hold what their role holds.

use super::random_organization::organization;
use super::sample_account;
use super::sample_organization::{APP, SampleOrganization};
use super::selected::{all, explained, total};
use crate::row::Row;
use inventory::{Inventory, read_compute, read_last_accessed};
use proptest::prelude::*;

const FUNCTION: &str = "arn:aws:lambda:eu-west-2:111122223333:function:orders";

fn with_compute(organization: &SampleOrganization) -> Inventory {
    let text = format!(
        r#"{{"account":"111122223333","computeResources":[
        {{"arn":"{FUNCTION}","roleArn":"{APP}","tags":{{"team":"shop"}}}},
        {{"arn":"arn:aws:ec2:eu-west-2:111122223333:instance/i-1","name":"web","roleArn":"{APP}"}},
        {{"arn":"arn:aws:ec2:eu-west-2:111122223333:instance/i-2","roleArn":"arn:aws:iam::111122223333:role/gone"}},
        {{"arn":"arn:aws:ec2:eu-west-2:111122223333:instance/i-3"}}]}}"#
    );
    Inventory {
        compute: Some(read_compute(&text).unwrap()),
        ..organization.inventory()
    }
}

/// Returns what a row says beside its source and the entity that grants it.
fn granted<'r>(row: &'r Row<'_>) -> (&'r str, &'r str, &'r str, &'r str, String) {
    (
        row.effective_action_name,
        row.dest_resource_id,
        row.dest_resource_type,
        row.granted_by_cloud_policy_id,
        format!(
            "{:?} {:?}",
            row.exceptions,
            row.explanation
                .as_ref()
                .map(|one| (&one.residual, &one.limiting, &one.granting))
        ),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    #[test]
    fn a_function_has_the_rows_of_its_role_through_the_role(
        organization in organization(),
        condition in prop::sample::select(vec![
            "dest.cloud.type = 'AWS'",
            "dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x'",
            "action.name STARTS WITH 's3:' OR dest.cloud.wildcardscope = true",
            "action.access.isadministrative = true",
        ]),
    ) {
        let effective = sample_account::effective(&with_compute(&organization));
        let of = |source: &str| format!("({condition}) AND source.cloud.resource.id = '{source}'");
        let (role, function) = (explained(&effective, &of(APP)), explained(&effective, &of(FUNCTION)));
        prop_assert_eq!(total(&effective, &of(FUNCTION)), function.len() as u64);
        prop_assert_eq!(
            role.iter().map(granted).collect::<Vec<_>>(),
            function.iter().map(granted).collect::<Vec<_>>()
        );
        for row in &function {
            prop_assert_eq!((row.granted_by_cloud_entity_id, row.granted_by_cloud_entity_type), (Some(APP), Some("role")));
        }
    }
}

fn reader() -> SampleOrganization {
    SampleOrganization {
        app: vec![r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#.to_owned()],
        ..SampleOrganization::default()
    }
}

#[test]
fn a_function_is_found_as_the_original_finds_it() {
    let effective = sample_account::effective(&with_compute(&reader()));
    let condition = "source.cloud.service.name = 'lambda' AND source.cloud.resource.type = 'function' \
                     AND source.cloud.region = 'AWS London' AND source.cloud.resource.tag('team') = 'shop'";
    let rows = all(&effective, condition);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(
        (
            row.source_resource_id,
            row.source_resource_name,
            row.source_cloud_account
        ),
        (FUNCTION, "orders", Some("111122223333"))
    );
    let instances = "source.cloud.service.name = 'ec2' AND source.cloud.resource.type = 'instance'";
    let names: Vec<_> = all(&effective, instances)
        .iter()
        .map(|row| row.source_resource_name)
        .collect();
    assert_eq!(
        names,
        ["web"],
        "instances without role, or with a role that is gone, have no rows"
    );
    let all_of = "grantedby.cloud.entity.type = 'role' AND action.name CONTAINS ALL ('s3:GetObject')";
    assert_eq!(total(&effective, all_of), 3);
}

#[test]
fn the_last_access_of_a_function_is_that_of_its_role() {
    let mut inventory = with_compute(&reader());
    let text =
        format!(r#"{{"reports":[{{"Arn":"{APP}","ServicesLastAccessed":[{{"ServiceNamespace":"s3"}}]}}]}}"#);
    inventory.last_accessed = Some(read_last_accessed(&text).unwrap());
    let effective = sample_account::effective(&inventory);
    let condition = format!("source.cloud.resource.id = '{FUNCTION}' AND action.lastaccess.days > 90");
    assert_eq!(
        all(&effective, &condition)[0].last_access_status,
        "NOT_ACCESSED_IN_TRACKING_PERIOD"
    );
}

/// The documents show what resources grant to a role, even when no document describes the role.
#[test]
fn a_function_whose_role_is_not_imported_has_the_rows_that_resources_give() {
    let mut organization = reader();
    organization.bucket = vec![
        r#"{"Effect":"Allow","Action":"s3:GetObject","Principal":{"AWS":"arn:aws:iam::111122223333:role/gone"},"Resource":"arn:aws:s3:::a/*"}"#.to_owned(),
    ];
    let effective = sample_account::effective(&with_compute(&organization));
    let rows = all(&effective, "source.cloud.resource.name = 'i-2'");
    assert_eq!(
        rows.iter()
            .map(|row| (row.granted_by_cloud_entity_name, row.dest_resource_id))
            .collect::<Vec<_>>(),
        [(Some("gone"), "arn:aws:s3:::a/*")]
    );
    let codes: Vec<_> = rows[0]
        .exceptions
        .iter()
        .map(crate::row::exceptions::ExceptionCode::as_str)
        .collect();
    assert!(codes.contains(&"POLICY_NOT_AVAILABLE"), "{codes:?}");
}
