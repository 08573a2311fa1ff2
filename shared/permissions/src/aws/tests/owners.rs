//! Tests owners and regions of buckets, which their ARNs do not name.

use super::sample_account::{self, document};
use super::selected::{all, explained, total};
use crate::aws::EffectivePermissions;
use inventory::{Inventory, read_authorization_details, read_resource_policies};
use rstest::rstest;

/// Makes a user who may read from buckets, and what a document of an account says about the buckets.
fn reader(resource: &str, account: &str, buckets: &str) -> EffectivePermissions {
    let reads =
        format!(r#"{{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"{resource}"}}"#);
    let details = format!(
        r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/ann","UserName":"ann",
        "UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{}}}]}}]}}"#,
        document(&[reads])
    );
    let resources = format!(r#"{{"account":"{account}","resourcePolicies":[{buckets}]}}"#);
    sample_account::effective(&Inventory {
        details: read_authorization_details(&details).unwrap(),
        resource_policies: Some(read_resource_policies(&resources).unwrap()),
        ..Inventory::default()
    })
}

const LISTED: &str = r#"{"resourceArn":"arn:aws:s3:::data","region":"eu-west-2"}"#;

#[rstest]
#[case::bucket("arn:aws:s3:::data", "AWS London", false)]
#[case::objects("arn:aws:s3:::data/reports/*", "AWS London", false)]
#[case::another_bucket("arn:aws:s3:::data2/*", "AWS Global", true)]
#[case::several_buckets("arn:aws:s3:::data*", "AWS Global", true)]
fn a_bucket_has_the_region_that_a_document_tells(
    #[case] resource: &str,
    #[case] region: &str,
    #[case] assumed: bool,
) {
    let effective = reader(resource, "111122223333", LISTED);
    let rows = explained(&effective, "dest.cloud.service.name = 's3'");
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(row.dest_cloud_region, region);
        assert_eq!(row.dest_cloud_account, "111122223333");
        assert_eq!(row.explanation.unwrap().owner_assumed, assumed);
    }
    let by_name = format!("dest.cloud.region = '{region}'");
    assert_ne!(total(&effective, &by_name), 0);
}

#[test]
fn everything_has_no_assumed_owner() {
    let effective = reader("*", "111122223333", LISTED);
    let rows = explained(&effective, "action.name = 's3:GetObject'");
    assert!(!rows[0].explanation.as_ref().unwrap().owner_assumed);
}

#[rstest]
#[case::without_policy(LISTED, &[])]
#[case::policy_that_could_not_be_read(
    r#"{"resourceArn":"arn:aws:s3:::data","policyNotReadable":true}"#,
    &["444455556666 AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED;POLICY_NOT_AVAILABLE"]
)]
fn a_bucket_of_another_account_needs_its_policy(#[case] bucket: &str, #[case] expected: &[&str]) {
    let effective = reader("arn:aws:s3:::data/*", "444455556666", bucket);
    let rows = all(&effective, "dest.cloud.resource.id COVERS 'arn:aws:s3:::data/x'");
    let found: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.dest_cloud_account, super::resources::codes(row)))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(
        total(&effective, "action.name = 's3:GetObject'"),
        expected.len() as u64
    );
}
