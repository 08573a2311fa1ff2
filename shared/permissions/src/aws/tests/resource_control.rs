//! Resource control policies and the public access block of Amazon S3, by hand.

use super::sample_account::{self, document};
use super::sample_organization::{APP, HOME, KEY, OTHER, SampleOrganization};
use super::selected::{all, explained, total};
use crate::row::exceptions::ExceptionCode;
use crate::row::{Layer, Row};
use inventory::{Inventory, PublicAccessBlock, read_authorization_details, read_resource_policies};
use rstest::rstest;

const EVERYTHING: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

fn denied(condition: &str) -> Vec<String> {
    vec![format!(
        r#"{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"{condition}}}"#
    )]
}

/// The data perimeter that AWS publishes, in short.
const OUTSIDERS: &str = r#","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;

fn sources(organization: &SampleOrganization, condition: &str) -> Vec<String> {
    let effective = organization.effective();
    let mut found: Vec<_> = all(&effective, condition)
        .iter()
        .map(|row| row.source_resource_name.to_owned())
        .collect();
    found.dedup();
    found
}

fn realm() -> SampleOrganization {
    let whom = r#""Principal":{"AWS":["444455556666","777788889999"],"Service":"ec2.amazonaws.com"}"#;
    SampleOrganization {
        alice: vec![EVERYTHING.to_owned()],
        eve: vec![EVERYTHING.to_owned()],
        bucket: vec![format!(
            r#"{{"Effect":"Allow",{whom},"Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}}"#
        )],
        ..SampleOrganization::default()
    }
}

const READ: &str = "dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x' AND action.name = 's3:GetObject'";

#[test]
fn a_perimeter_keeps_others_out_of_resources_of_the_organization() {
    let mut organization = realm();
    assert_eq!(
        sources(&organization, READ),
        ["alice", OTHER, "eve", "777788889999", "ec2.amazonaws.com"]
    );
    organization.resource_levels = Some([denied(OUTSIDERS), Vec::new(), Vec::new()]);
    assert_eq!(
        sources(&organization, READ),
        ["alice", OTHER, "eve", "ec2.amazonaws.com"]
    );
    // Only resources of the account that the policy is attached to.
    organization.resource_levels = Some([Vec::new(), Vec::new(), denied(OUTSIDERS)]);
    assert_eq!(
        sources(&organization, READ),
        ["alice", OTHER, "eve", "777788889999", "ec2.amazonaws.com"]
    );
}

/// Everybody, less those whom a resource control policy denies everything, is not the public.
#[rstest]
#[case::a_perimeter(OUTSIDERS, &["*.amazonaws.com", OTHER, "555566667777", "alice", "app", "bob", "eve"])]
#[case::without_services(
    r#","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &[OTHER, "555566667777", "alice", "app", "bob", "eve"]
)]
#[case::one_account(
    r#","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalAccount":"777788889999"}}"#,
    &["777788889999"]
)]
#[case::everybody("", &[])]
#[case::without_a_limit(r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, &["*", "eve"])]
#[case::anonymous_requests_have_no_such_key(
    r#","Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#, &["*"]
)]
fn a_grant_to_everybody_means_those_whom_resource_control_policies_spare(
    #[case] condition: &str,
    #[case] expected: &[&str],
) {
    let mut organization = SampleOrganization {
        alice: Vec::new(),
        bucket: vec![PUBLIC.to_owned()],
        ..realm()
    };
    organization.resource_levels = Some([Vec::new(), denied(condition), Vec::new()]);
    let effective = organization.effective();
    let rows = all(&effective, READ);
    assert_eq!(names(&rows), expected);
    assert_eq!(rows.iter().any(|row| row.source_public), expected.contains(&"*"));
}

#[test]
fn only_services_that_support_them_are_bound_and_the_row_says_by_what() {
    let mut organization = realm();
    let conditional = r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    organization.resource_levels = Some([Vec::new(), denied(conditional), Vec::new()]);
    let effective = organization.effective();
    let rows = explained(
        &effective,
        "source.cloud.resource.name = 'alice' AND dest.cloud.resource.name = '*'",
    );
    let code = ExceptionCode::LimitedByResourceControlPolicy;
    for row in &rows {
        let is_bound = ["s3:", "sts:", "kms:", "sqs:"]
            .iter()
            .any(|service| row.effective_action_name.starts_with(service));
        assert_eq!(row.exceptions.contains(code), is_bound, "{row:?}");
        let limiting = &row.explanation.as_ref().unwrap().limiting;
        let found = limiting.iter().find(|one| one.layer == Layer::ResourceControl);
        assert_eq!(
            found.map(|one| (one.level, &*one.policy_id)),
            is_bound.then_some((Some(1), "r-1"))
        );
    }
    assert!(!rows.is_empty());
}

#[test]
fn service_linked_roles_and_the_management_account_are_not_bound() {
    let role = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let text = format!(
        r#"{{"RoleDetailList":[{{"Arn":"{role}","RoleName":"AWSServiceRoleForX","RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{}}}]}},
        {{"Arn":"{APP}","RoleName":"app","RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{0}}}]}},
        {{"Arn":"arn:aws:iam::999999999999:role/boss","RoleName":"boss","RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{0}}}]}}]}}"#,
        document(&[EVERYTHING.to_owned()])
    );
    let organization = SampleOrganization {
        resource_levels: Some([denied(""), Vec::new(), Vec::new()]),
        ..SampleOrganization::default()
    };
    let inventory = Inventory {
        details: read_authorization_details(&text).unwrap(),
        organization: organization.inventory().organization,
        ..Inventory::default()
    };
    let effective = sample_account::effective(&inventory);
    let rows = all(&effective, "action.name = 's3:GetObject'");
    let names: Vec<_> = rows.iter().map(|row| row.source_resource_name).collect();
    assert_eq!(names, ["AWSServiceRoleForX", "boss"]);
}

#[test]
fn an_explanation_says_when_resource_control_policies_are_not_known() {
    let known = |organization: &SampleOrganization| {
        let effective = organization.effective();
        let condition =
            format!("dest.cloud.resource.id COVERS '{KEY}' AND source.cloud.resource.name = 'alice'");
        let rows = explained(&effective, &condition);
        rows[0].explanation.as_ref().unwrap().not_evaluated.clone()
    };
    let mut organization = realm();
    organization.key =
        vec![r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*"}"#.to_owned()];
    assert_eq!(
        known(&organization),
        ["resource control policies", "grants of AWS KMS"]
    );
    organization.resource_levels = Some([Vec::new(), Vec::new(), Vec::new()]);
    assert_eq!(known(&organization), ["grants of AWS KMS"]);
}

const PUBLIC: &str =
    r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
const PARTNER: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:user/mallory","Service":"ec2.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
const MEMBERS: &str = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*","Condition":{"StringEquals":{"aws:PrincipalAccount":"777788889999"}}}"#;

fn names(rows: &[Row<'_>]) -> Vec<String> {
    let mut names: Vec<_> = rows
        .iter()
        .map(|row| row.source_resource_name.to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Amazon S3 user guide, "Blocking public access to your Amazon S3 storage".
#[rstest]
#[case::off(None, None, &[PUBLIC, PARTNER], &["*", "ec2.amazonaws.com", "mallory"])]
#[case::of_the_bucket(None, Some("RestrictPublicBuckets"), &[PUBLIC, PARTNER], &["alice", "app", "bob", "ec2.amazonaws.com"])]
#[case::of_the_account(Some("RestrictPublicBuckets"), None, &[PUBLIC, PARTNER], &["alice", "app", "bob", "ec2.amazonaws.com"])]
#[case::a_policy_that_is_not_public_is_not_restricted(
    Some("RestrictPublicBuckets"), Some("RestrictPublicBuckets"), &[MEMBERS, PARTNER], &["777788889999", "ec2.amazonaws.com", "mallory"])]
#[case::a_policy_that_is_there_is_not_refused(Some("BlockPublicPolicy"), None, &[PUBLIC], &["*"])]
fn a_public_bucket_that_is_restricted_lets_the_own_account_and_services_in(
    #[case] of_account: Option<&str>,
    #[case] of_bucket: Option<&str>,
    #[case] policy: &[&str],
    #[case] expected: &[&str],
) {
    let organization = SampleOrganization::default();
    let statements: Vec<String> = policy.iter().map(|one| (*one).to_owned()).collect();
    let block = |switch: Option<&str>| {
        switch.map_or_else(String::new, |one| {
            format!(r#""publicAccessBlock":{{"{one}":true}},"#)
        })
    };
    let text = format!(
        r#"{{{}"account":"{HOME}","resourcePolicies":[{{{}"resourceArn":"arn:aws:s3:::a","policyDocument":{}}}]}}"#,
        block(of_account),
        block(of_bucket),
        document(&statements)
    );
    let inventory = Inventory {
        resource_policies: Some(read_resource_policies(&text).unwrap()),
        ..organization.inventory()
    };
    let effective = sample_account::effective(&inventory);
    let rows = all(&effective, READ);
    assert_eq!(names(&rows), expected);
    assert_eq!(rows.iter().any(|row| row.source_public), expected.contains(&"*"));
}

/// An identity policy of another account needs the bucket, which does not allow it any more.
#[test]
fn a_restricted_bucket_ends_the_rows_of_identity_policies_of_other_accounts() {
    let organization = SampleOrganization {
        eve: vec![r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#.to_owned()],
        bucket: vec![PUBLIC.to_owned()],
        ..SampleOrganization::default()
    };
    let mut inventory = organization.inventory();
    let of_eve = "source.cloud.resource.name = 'eve' AND action.name = 's3:GetObject'";
    let effective = sample_account::effective(&inventory);
    assert!(total(&effective, of_eve) > 0);
    let switch = PublicAccessBlock {
        restrict_public_buckets: true,
        ..PublicAccessBlock::default()
    };
    for one in &mut inventory.resource_policies.as_mut().unwrap().collected {
        one.public_access_block = Some(switch);
    }
    let effective = sample_account::effective(&inventory);
    assert_eq!(total(&effective, of_eve), 0);
}
