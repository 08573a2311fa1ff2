//! Statements that name everybody, and whom their conditions leave.

use super::resources::{ALL, allow};
use super::sample_account;
use super::sample_organization::SampleOrganization;
use super::selected::{all, rows, total};
use inventory::{Inventory, read_resource_policies};
use rstest::rstest;

fn organization(condition: &str) -> SampleOrganization {
    let more = format!(r#","Resource":"arn:aws:s3:::a/*","Condition":{condition}"#);
    SampleOrganization {
        bucket: vec![allow("s3:GetObject", r#"{"AWS":"*"}"#, &more)],
        levels: Some([ALL, ALL, ALL].map(|level| vec![level.to_owned()])),
        ..SampleOrganization::default()
    }
}

/// Returns the names of the sources of the bucket's rows with their types.
fn sources(condition: &str) -> Vec<String> {
    let effective = organization(condition).effective();
    let rows = rows(&effective);
    let sources = rows
        .iter()
        .map(|row| format!("{} {}", row.source_resource_type, row.source_resource_name));
    let sources: Vec<String> = sources.collect();
    let public = sources.iter().filter(|one| one.starts_with("* ")).count() as u64;
    assert_eq!(total(&effective, "source.public = true"), public);
    assert_eq!(
        total(&effective, "source.public = false"),
        sources.len() as u64 - public
    );
    sources
}

#[rstest]
#[case::account_of_the_bucket(
    r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
    &["role app", "user alice", "user bob"]
)]
#[case::caller_account(
    r#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#,
    &["role app", "user alice", "user bob"]
)]
#[case::account_that_is_not_loaded(
    r#"{"StringEquals":{"aws:PrincipalAccount":"777788889999"}}"#,
    &["account 777788889999"]
)]
#[case::user_that_is_loaded(
    r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/alice"}}"#,
    &["user alice"]
)]
#[case::user_that_is_not(
    r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::777788889999:user/mallory"}}"#,
    &["user mallory"]
)]
#[case::roles_of_an_account(
    r#"{"ArnLike":{"aws:PrincipalArn":"arn:*:iam::111122223333:role/team/*"}}"#,
    &["role app"]
)]
#[case::roles_of_any_account(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/team/*"}}"#, &["* *"])]
#[case::text_that_reaches_beyond_the_account(
    r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:*:111122223333:role/app"}}"#,
    &["* *"]
)]
#[case::own_organization(
    r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["role app", "user alice", "user bob", "account 444455556666", "account 555566667777"]
)]
#[case::path_of_the_own_organization(
    r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
    &["role app", "user alice", "user bob", "account 444455556666", "account 555566667777"]
)]
#[case::other_path_of_the_own_organization(
    r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/*"}}"#,
    &[]
)]
#[case::another_organization(
    r#"{"StringEquals":{"aws:PrincipalOrgID":"o-2"}}"#,
    &["organization o-2"]
)]
#[case::any_organization(r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#, &["* *"])]
#[case::any_text(r#"{"StringLike":{"aws:PrincipalOrgID":"*"}}"#, &["* *"])]
#[case::some_organization(r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#, &["* *"])]
#[case::everybody_else(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#, &["* *"])]
#[case::if_there_is_one(r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#, &["* *"])]
#[case::none_of_several(r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/"}}"#, &["* *"])]
#[case::one_value_does_not_limit(
    r#"{"StringLike":{"aws:PrincipalAccount":["111122223333","*"]}}"#,
    &["* *"]
)]
#[case::a_variable_is_no_fixed_value(
    r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalTag/home}"}}"#,
    &["* *"]
)]
#[case::services_for_an_account(
    r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
    &["service *.amazonaws.com"]
)]
#[case::services_for_a_bucket(
    r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::uploads"}}"#,
    &["service *.amazonaws.com"]
)]
#[case::services_for_any_topic(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, &["* *"])]
#[case::one_service(
    r#"{"StringEquals":{"aws:PrincipalServiceName":"ec2.amazonaws.com"}}"#,
    &["service ec2.amazonaws.com"]
)]
#[case::endpoint(r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, &["network *"])]
#[case::network(r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}"#, &["network *"])]
#[case::half_of_the_addresses(r#"{"IpAddress":{"aws:SourceIp":"128.0.0.0/1"}}"#, &["* *"])]
#[case::not_a_network(r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, &["* *"])]
#[case::access_points_of_an_account(
    r#"{"StringEquals":{"s3:DataAccessPointAccount":"111122223333"}}"#,
    &["network *"]
)]
#[case::the_narrowest_of_two_limits(
    r#"{"StringEquals":{"aws:SourceVpce":"vpce-1","aws:PrincipalAccount":"777788889999"}}"#,
    &["account 777788889999"]
)]
#[case::with_another_condition(
    r#"{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:userid":"AIDAALICE"}}"#,
    &["user alice"]
)]
#[case::sessions_of_a_role(r#"{"StringLike":{"aws:userid":"AROAAPP:*"}}"#, &["role app"])]
#[case::one_session_of_a_role(r#"{"StringEquals":{"aws:userid":"AROAAPP:s1"}}"#, &["role app"])]
#[case::a_role_and_a_user(r#"{"StringLike":{"aws:userid":["AROAAPP:*","AIDABOB"]}}"#, &["role app", "user bob"])]
#[case::a_role_of_another_account_needs_its_own_policies(r#"{"StringLike":{"aws:userid":"AROAVEND:*"}}"#, &[])]
#[case::a_role_that_no_document_has(r#"{"StringLike":{"aws:userid":"AROAGONE:*"}}"#, &["role AROAGONE"])]
#[case::any_role(r#"{"StringLike":{"aws:userid":"AROA*"}}"#, &["* *"])]
#[case::no_limit(r#"{"Bool":{"aws:SecureTransport":"true"}}"#, &["* *"])]
#[case::no_such_operator(r#"{"Resembles":{"aws:PrincipalAccount":"111122223333"}}"#, &["* *"])]
fn rows_stand_under_whom_conditions_leave_of_everybody(#[case] condition: &str, #[case] expected: &[&str]) {
    let mut found = sources(condition);
    let mut expected: Vec<&str> = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

const ON_THE_BUCKET: &str = r#""Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]"#;

/// A Deny of the same policy to all but some limits whom it means by everybody, as a condition of the Allow does.
#[rstest]
#[case::own_organization(
    r#""Principal":"*","Action":"s3:*",*,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["role app", "user alice", "user bob", "account 444455556666", "account 555566667777"]
)]
#[case::path_of_the_own_organization(
    r#""Principal":"*","Action":"*",*,"Condition":{"ForAllValues:StringNotLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
    &["role app", "user alice", "user bob", "account 444455556666", "account 555566667777"]
)]
#[case::one_role(
    r#""Principal":{"AWS":"*"},"Action":"s3:Get*",*,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team/app"}}"#,
    &["role app"]
)]
#[case::one_network(
    r#""Principal":"*","Action":"s3:GetObject",*,"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    &["network *"]
)]
#[case::all_but_named(
    r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]},"Action":"s3:*","Resource":"*""#,
    &["user alice"]
)]
#[case::all_but_named_and_all_but_an_account(
    r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]},"Action":"s3:*",*,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"777788889999"}}"#,
    &["user alice", "account 777788889999"]
)]
#[case::nobody(r#""Principal":"*","Action":"s3:*",*"#, &[])]
#[case::other_action(
    r#""Principal":"*","Action":"s3:PutObject",*,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["* *"]
)]
#[case::a_part_of_the_bucket(
    r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/secret/*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["* *"]
)]
#[case::a_variable_is_a_part(
    r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/${aws:username}","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["* *"]
)]
#[case::all_but_some_actions(
    r#""Principal":"*","NotAction":"s3:ListBucket",*,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["* *"]
)]
#[case::not_everybody(
    r#""Principal":{"AWS":"111122223333"},"Action":"s3:*",*,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
    &["* *"]
)]
#[case::without_a_limit(r#""Principal":"*","Action":"s3:*",*,"Condition":{"Bool":{"aws:SecureTransport":"false"}}"#, &["* *"])]
#[case::one_value_of_several(
    r#""Principal":"*","Action":"s3:*",*,"Condition":{"ForAnyValue:StringNotLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
    &["* *"]
)]
fn a_deny_of_all_but_some_limits_everybody(#[case] deny: &str, #[case] expected: &[&str]) {
    let mut organization = organization("{}");
    let deny = deny.replace(",*,", &format!(",{ON_THE_BUCKET},"));
    let deny = deny.replace(",*", &format!(",{ON_THE_BUCKET}"));
    organization.bucket.push(format!(r#"{{"Effect":"Deny",{deny}}}"#));
    let effective = organization.effective();
    let mut found: Vec<String> = rows(&effective)
        .iter()
        .map(|row| format!("{} {}", row.source_resource_type, row.source_resource_name))
        .collect();
    found.sort_unstable();
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// Findings: the policy that a topic of Amazon SNS has from the start is not public.
#[test]
fn the_first_policy_of_a_topic_lets_in_its_owner() {
    let text = r#"{"account":"111122223333","resourcePolicies":[{"resourceArn":"arn:aws:sqs:eu-west-2:111122223333:q",
        "policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},
        "Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-2:111122223333:q",
        "Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}}]}"#;
    let inventory = Inventory {
        resource_policies: Some(read_resource_policies(text).unwrap()),
        ..Inventory::default()
    };
    let effective = sample_account::effective(&inventory);
    assert_eq!(total(&effective, "source.public = true"), 0);
    let rows = rows(&effective);
    let sources: Vec<&str> = rows.iter().map(|row| row.source_resource_id).collect();
    assert_eq!(sources, ["*.amazonaws.com", "arn:aws:iam::111122223333:root"]);
}

/// The condition stays on the row where it is not settled, and an explicit Deny counts for everybody it concerns.
#[test]
fn what_is_left_of_a_condition_is_on_the_row() {
    let both = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"Bool":{"aws:SecureTransport":"true"}}"#;
    let mut organization = organization(both);
    organization.alice = vec![r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#.to_owned()];
    let effective = organization.effective();
    let of = |name: &str| {
        let condition = format!(
            "source.cloud.resource.name = '{name}' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x'"
        );
        let rows = all(&effective, &condition);
        rows.iter().map(super::resources::codes).collect::<Vec<_>>()
    };
    assert_eq!(of("alice"), Vec::<String>::new());
    assert_eq!(of("bob"), ["LIMITED_BY_CONDITION"]);
    assert_eq!(
        of("444455556666"),
        ["LIMITED_BY_CONDITION;LIMITED_BY_IDENTITY_POLICY"]
    );
}

/// The idiom of Amazon S3 that keeps everybody out but a role and a user, whom policies cannot name by session.
#[test]
fn a_deny_of_all_but_some_unique_ids_spares_these() {
    let mut organization = organization(r#"{"Bool":{"aws:SecureTransport":"true"}}"#);
    organization.dev = vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned()];
    organization.app.clone_from(&organization.dev);
    organization.bucket.push(
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"],
            "Condition":{"StringNotLike":{"aws:userId":["AROAAPP:*","AIDABOB","111122223333"]}}}"#
            .to_owned(),
    );
    let effective = organization.effective();
    let rows = all(
        &effective,
        "dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x' AND action.name = 's3:GetObject' AND source.public = false",
    );
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.source_resource_name, super::resources::codes(row)))
        .collect();
    // By the bucket, and by a policy of its own.
    let by_bucket = || "LIMITED_BY_CONDITION".to_owned();
    assert_eq!(
        found,
        [
            ("app", String::new()),
            ("app", by_bucket()),
            ("bob", String::new()),
            ("bob", by_bucket())
        ]
    );
}

/// Those who come with the token of a provider have no keys of a signature, and members of accounts and services do not come
/// with a token.
#[rstest]
#[case::anybody("", &["* * "])]
#[case::of_the_token(r#"{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#, &["* * LIMITED_BY_CONDITION"])]
#[case::a_network(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, &["network * LIMITED_BY_CONDITION"])]
#[case::services_for_any_topic(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, &[])]
#[case::services_for_an_account(r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#, &[])]
#[case::services(r#"{"Bool":{"aws:PrincipalIsAWSService":"true"}}"#, &[])]
#[case::not_a_service(r#"{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#, &["* * "])]
#[case::of_any_account(r#"{"StringLike":{"aws:PrincipalAccount":"*"}}"#, &[])]
#[case::not_of_an_account(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#, &["* * "])]
#[case::of_an_organization(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-2"}}"#, &[])]
#[case::of_a_loaded_account(r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, &[])]
fn a_trust_policy_for_everybody_lets_in_who_has_a_token(#[case] condition: &str, #[case] expected: &[&str]) {
    let condition = match condition {
        "" => String::new(),
        condition => format!(r#","Condition":{condition}"#),
    };
    let organization = SampleOrganization {
        trust_of_app: vec![allow("sts:AssumeRoleWithSAML", r#""*""#, &condition)],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let rows = rows(&effective);
    let found: Vec<String> = rows
        .iter()
        .map(|row| {
            let (kind, name) = (row.source_resource_type, row.source_resource_name);
            format!("{kind} {name} {}", super::resources::codes(row))
        })
        .collect();
    assert_eq!(found, expected);
}

/// Nobody has the source of a service and the name of a user in one request.
#[rstest]
#[case::of_a_service(r#""arn:aws:kms:eu-west-2:111122223333:key/k""#, true)]
#[case::of_a_service_with_the_name_of_a_user(
    r#""arn:aws:kms:eu-west-2:111122223333:key/${aws:username}""#,
    false
)]
fn a_condition_that_nobody_can_meet_gives_everybody_no_row(#[case] resource: &str, #[case] is_public: bool) {
    let condition = r#","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#;
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":{resource}{condition}}}"#
    );
    let organization = SampleOrganization {
        key: vec![statement],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let found = rows(&effective).iter().any(|row| row.source_public);
    assert_eq!(found, is_public);
}

/// A bucket of another account needs the identity-based policies as well.
#[test]
fn across_accounts_a_limited_grant_needs_the_identity_side() {
    let mut organization = organization(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#);
    organization.vend = vec![r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#.to_owned()];
    let effective = organization.effective();
    let names = |condition: &str| {
        let rows = all(&effective, condition);
        rows.iter()
            .map(|row| row.source_resource_name)
            .collect::<Vec<_>>()
    };
    let across = "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'";
    assert_eq!(
        names(&format!("{across} AND source.cloud.resource.type = 'role'")),
        ["vend"]
    );
}
