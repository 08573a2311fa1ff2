//! Tests rows that policies of resources and trust policies grant, and what these policies leave of identity rows.

use super::sample_account;
use super::sample_organization::{ALICE, APP, HOME, KEY, SampleOrganization};
use super::selected::{all, rows, total};
use crate::aws::data::TableId;
use crate::row::Row;
use crate::row::exceptions::ExceptionCode;
use rstest::rstest;

pub(super) const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

pub(super) fn allow(action: &str, principal: &str, more: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Principal":{principal}{more}}}"#)
}

pub(super) fn aws(arn: &str) -> String {
    format!(r#"{{"AWS":"{arn}"}}"#)
}

pub(super) fn codes(row: &Row<'_>) -> String {
    let codes: Vec<&str> = row.exceptions.iter().map(ExceptionCode::as_str).collect();
    codes.join(";")
}

/// Returns the rows of resources' policies: source, its type, action, destination and exceptions.
pub(super) fn granted(organization: &SampleOrganization) -> Vec<String> {
    let organization = SampleOrganization {
        levels: Some([ALL, ALL, ALL].map(|level| vec![level.to_owned()])),
        ..organization.clone()
    };
    let effective = organization.effective();
    let rows = rows(&effective);
    let of_resources = rows
        .iter()
        .filter(|row| row.granted_by_cloud_policy_type == "Resource-based Policy");
    of_resources
        .map(|row| {
            assert_eq!(row.granted_by_cloud_entity_id, None);
            let (source, kind) = (row.source_resource_id, row.source_resource_type);
            let (action, dest) = (row.effective_action_name, row.dest_resource_id);
            format!("{source} ({kind}) {action} {dest} {}", codes(row))
                .trim_end()
                .to_owned()
        })
        .collect()
}

pub(super) const READ: &str = r#","Resource":"arn:aws:s3:::a/*""#;

#[rstest]
#[case::everybody("\"*\"", &["* (*) s3:GetObject arn:aws:s3:::a/*"])]
#[case::everybody_as_aws(r#"{"AWS":"*"}"#, &["* (*) s3:GetObject arn:aws:s3:::a/*"])]
#[case::names_beside_everybody(r#"{"AWS":["*","arn:aws:iam::111122223333:user/alice"]}"#, &["* (*) s3:GetObject arn:aws:s3:::a/*"])]
#[case::the_own_account_delegates(r#"{"AWS":"111122223333"}"#, &[])]
#[case::an_account_whose_principals_are_known(
    r#"{"AWS":"444455556666"}"#,
    &["arn:aws:iam::444455556666:root (account) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_IDENTITY_POLICY"]
)]
#[case::another_account(
    r#"{"AWS":["777788889999","arn:aws:iam::777788889999:root"]}"#,
    &["arn:aws:iam::777788889999:root (account) s3:GetObject arn:aws:s3:::a/* AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED;POLICY_NOT_AVAILABLE"]
)]
#[case::user_of_the_account(r#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, &["arn:aws:iam::111122223333:user/alice (user) s3:GetObject arn:aws:s3:::a/*"])]
#[case::role_of_the_account(r#"{"AWS":"arn:aws:iam::111122223333:role/team/app"}"#, &["arn:aws:iam::111122223333:role/team/app (role) s3:GetObject arn:aws:s3:::a/*"])]
#[case::by_unique_id(r#"{"AWS":"AIDAALICE"}"#, &["arn:aws:iam::111122223333:user/alice (user) s3:GetObject arn:aws:s3:::a/*"])]
#[case::one_session_of_a_role(
    r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"}"#,
    &["arn:aws:iam::111122223333:role/team/app (role) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_CONDITION"]
)]
#[case::deleted(
    r#"{"AWS":"AROAGONE"}"#,
    &["AROAGONE (role) s3:GetObject arn:aws:s3:::a/* AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED;POLICY_NOT_AVAILABLE"]
)]
#[case::user_of_another_account_without_identity_side(r#"{"AWS":"arn:aws:iam::444455556666:user/eve"}"#, &[])]
#[case::session_of_another_account(
    r#"{"AWS":"arn:aws:sts::777788889999:assumed-role/r/s"}"#,
    &["arn:aws:sts::777788889999:assumed-role/r/s (assumed-role) s3:GetObject arn:aws:s3:::a/* AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED;POLICY_NOT_AVAILABLE"]
)]
#[case::services_and_providers(
    r#"{"Service":"logs.eu-west-2.amazonaws.com","Federated":"accounts.google.com","CanonicalUser":"79a5"}"#,
    &[
        "79a5 (canonical-user) s3:GetObject arn:aws:s3:::a/*",
        "accounts.google.com (WebIdentity) s3:GetObject arn:aws:s3:::a/*",
        "logs.eu-west-2.amazonaws.com (service) s3:GetObject arn:aws:s3:::a/*",
    ]
)]
#[case::no_partial_wildcards(r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#, &[])]
fn whom_a_bucket_names_has_a_row(#[case] principal: &str, #[case] expected: &[&str]) {
    let organization = SampleOrganization {
        bucket: vec![allow("s3:Get*", principal, READ)],
        ..SampleOrganization::default()
    };
    assert_eq!(granted(&organization), expected);
}

#[test]
fn a_deny_for_some_of_an_account_limits_the_account() {
    let account = aws("777788889999");
    let limited = |principal: &str| {
        let organization = SampleOrganization {
            bucket: vec![
                allow("s3:GetObject", &account, READ),
                allow("s3:*", principal, READ).replace("Allow", "Deny"),
            ],
            ..SampleOrganization::default()
        };
        granted(&organization)
            .first()
            .map(|row| row.contains("LIMITED_BY_DENY_STATEMENT"))
    };
    assert_eq!(limited(&account), None, "all of it");
    assert_eq!(
        limited(&aws("arn:aws:iam::777788889999:user/mallory")),
        Some(true)
    );
    assert_eq!(limited(&aws(ALICE)), Some(false));
}

#[test]
fn everybody_but_a_few_is_everybody_with_a_reservation() {
    let statement = allow("s3:GetObject", &aws(ALICE), READ).replace("\"Principal\"", "\"NotPrincipal\"");
    let organization = SampleOrganization {
        bucket: vec![statement],
        ..SampleOrganization::default()
    };
    assert_eq!(
        granted(&organization),
        ["* (*) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_NOT_PRINCIPAL"]
    );
}

#[rstest]
#[case::deny_for_all("\"*\"", &[])]
#[case::deny_for_one(r#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, &["* (*) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_DENY_STATEMENT"])]
#[case::deny_for_all_under_condition(
    r#""*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
    &["* (*) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_DENY_STATEMENT"]
)]
fn what_everybody_has_is_net_of_the_bucket_s_denies(#[case] principal: &str, #[case] expected: &[&str]) {
    let organization = SampleOrganization {
        bucket: vec![
            allow("s3:GetObject", "\"*\"", READ),
            allow("s3:*", principal, READ).replace("Allow", "Deny"),
        ],
        ..SampleOrganization::default()
    };
    assert_eq!(granted(&organization), expected);
}

#[rstest]
#[case::everything(r#""Resource":"*""#, &["arn:aws:s3:::a bucket", "arn:aws:s3:::a/* object"])]
#[case::bucket_only(r#""Resource":"arn:aws:s3:::a""#, &["arn:aws:s3:::a bucket"])]
#[case::as_written(r#""Resource":"arn:aws:s3:::a/x/*""#, &["arn:aws:s3:::a/x/* object"])]
#[case::of_other_buckets(r#""Resource":["arn:aws:s3:::b/*","arn:aws:sqs:eu-west-2:1:q"]"#, &[])]
#[case::wider_than_the_bucket(r#""Resource":"arn:aws:s3:::*""#, &["arn:aws:s3:::a bucket", "arn:aws:s3:::a/* object"])]
#[case::across_the_border(r#""Resource":"arn:aws:s3:::*/x""#, &["arn:aws:s3:::a/*/x object", "arn:aws:s3:::a/x object"])]
#[case::all_but_some(r#""NotResource":"arn:aws:s3:::a/x""#, &["arn:aws:s3:::a bucket", "arn:aws:s3:::a/* object LIMITED_BY_NOT_RESOURCE"])]
#[case::all_but_others(r#""NotResource":"arn:aws:s3:::b""#, &["arn:aws:s3:::a bucket", "arn:aws:s3:::a/* object"])]
#[case::none(r#""NotResource":"arn:aws:s3:::a*""#, &[])]
fn a_bucket_s_policy_is_about_the_bucket_and_what_is_in_it(
    #[case] resources: &str,
    #[case] expected: &[&str],
) {
    let organization = SampleOrganization {
        bucket: vec![allow("s3:PutObjectTagging", "\"*\"", &format!(",{resources}"))],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let found: Vec<String> = rows(&effective)
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row.dest_resource_id,
                row.dest_resource_type,
                codes(row)
            )
            .trim_end()
            .to_owned()
        })
        .collect();
    assert_eq!(found, expected);
}

/// A grant to a user, to a role and to everybody of the same account has different limits.
///
/// Source: IAM user guide, "Policy evaluation logic", the table of grants by kind of principal.
#[rstest]
#[case::user(ALICE, true)]
#[case::role(APP, false)]
fn a_boundary_limits_roles_and_not_users(#[case] arn: &str, #[case] granted_all_the_same: bool) {
    let organization = SampleOrganization {
        bucket: vec![allow("s3:GetObject", &aws(arn), READ)],
        boundary: Some(vec![ALL.replace(r#""Action":"*""#, r#""Action":"ec2:*""#)]),
        ..SampleOrganization::default()
    };
    assert_eq!(granted(&organization).len(), usize::from(granted_all_the_same));
    let denied = SampleOrganization {
        boundary: Some(vec![ALL.replace("Allow", "Deny")]),
        ..organization
    };
    assert!(granted(&denied).is_empty(), "an explicit Deny ends every grant");
}

#[test]
fn identity_denies_and_levels_limit_grants_of_resources() {
    let organization = SampleOrganization {
        bucket: vec![allow("s3:GetObject", &aws(ALICE), READ)],
        ..SampleOrganization::default()
    };
    let deny = ALL
        .replace("Allow", "Deny")
        .replace("\"Resource\":\"*\"", r#""Resource":"arn:aws:s3:::a/secret/*""#);
    let denied = SampleOrganization {
        dev: vec![deny],
        ..organization.clone()
    };
    assert!(granted(&denied)[0].ends_with("LIMITED_BY_DENY_STATEMENT"));
    let level = vec![ALL.replace(r#""Action":"*""#, r#""Action":"ec2:*""#)];
    let levelled = SampleOrganization {
        levels: Some([level.clone(), level.clone(), level]),
        ..organization
    };
    let effective = levelled.effective();
    assert!(rows(&effective).is_empty());
}

#[test]
fn a_source_tells_its_provider_as_far_as_the_documents_do() {
    let names = [
        ("arn:aws:iam::111122223333:saml-provider/Okta", None, "OKTA"),
        (
            "arn:aws:iam::111122223333:saml-provider/AWSSSO_1_DO_NOT_DELETE",
            None,
            "UNKNOWN",
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            Some("token.actions.githubusercontent.com"),
            "UNKNOWN",
        ),
        (
            "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/0a1b/",
            Some("sts.windows.net"),
            "AZURE_AD",
        ),
        ("accounts.google.com", Some("accounts.google.com"), "UNKNOWN"),
    ];
    let mut trust_of_app: Vec<String> = names
        .iter()
        .map(|(name, ..)| {
            allow(
                "sts:AssumeRoleWithSAML",
                &format!(r#"{{"Federated":"{name}"}}"#),
                "",
            )
        })
        .collect();
    trust_of_app.push(allow(
        "sts:AssumeRoleWithSAML",
        r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}"#,
        r#","Condition":{"StringEquals":{"SAML:iss":"http://www.okta.com/exk1"}}"#,
    ));
    let organization = SampleOrganization {
        trust_of_app,
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let rows = rows(&effective);
    for (name, domain, service) in names.into_iter().chain([(
        "arn:aws:iam::111122223333:saml-provider/corp",
        Some("www.okta.com"),
        "OKTA",
    )]) {
        let row = rows.iter().find(|row| row.source_resource_id == name).unwrap();
        assert_eq!(
            (row.source_idp_domain, row.source_idp_service),
            (domain, Some(service))
        );
        assert_eq!(row.source_cloud_account.is_some(), name.starts_with("arn:"));
    }
    let query = |condition: &str| total(&effective, condition);
    assert_eq!(query("source.idp.service = 'Azure Active Directory'"), 1);
    assert_eq!(query("source.idp.service = 'okta'"), 2);
    assert_eq!(query("source.idp.domain ENDS WITH 'windows.net'"), 1);
}

#[test]
fn a_public_row_reads_as_documented() {
    let organization = SampleOrganization {
        bucket: vec![allow("s3:GetObject", "\"*\"", READ)],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    insta::assert_json_snapshot!(all(&effective, "source.public = true"));
    assert_eq!(
        total(&effective, "source.cloud.account != dest.cloud.account"),
        1,
        "nobody's account is no account"
    );
    assert_eq!(
        total(
            &effective,
            "source.cloud.account = '' OR source.cloud.type = 'AWS'"
        ),
        0
    );
}

#[test]
fn one_deny_that_tells_principals_apart_leaves_the_others_together() {
    let deny = r#"{"Effect":"Deny","Action":"*","Principal":"*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/alice"}}}"#;
    let read = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    let organization = SampleOrganization {
        dev: vec![read.into()],
        bucket: vec![deny.into()],
        ..SampleOrganization::default()
    };
    let mut inventory = organization.inventory();
    let bob = inventory
        .details
        .users
        .iter()
        .find(|user| user.name == "bob")
        .unwrap()
        .clone();
    for number in 0..50 {
        inventory.details.users.push(inventory::User {
            arn: format!("arn:aws:iam::{HOME}:user/u{number}"),
            name: format!("u{number}"),
            id: None,
            ..bob.clone()
        });
    }
    let effective = sample_account::effective(&inventory);
    let tables: std::collections::BTreeSet<TableId> = effective
        .snapshot()
        .sources
        .iter()
        .flat_map(|source| &source.attachments)
        .filter(|one| {
            let snapshot = effective.snapshot();
            snapshot.policies.get(one.policy).unwrap().name.as_ref() == "own"
                && snapshot
                    .entity_of(**one)
                    .is_some_and(|entity| entity.kind == "group")
        })
        .map(|one| one.table)
        .collect();
    assert_eq!(tables.len(), 2, "alice, and all others");
    let rows = rows(&effective);
    let limited = |name: &str| {
        let row = rows.iter().find(|row| row.source_resource_name == name).unwrap();
        codes(row).contains("DENY")
    };
    assert!(limited("bob") && limited("u7") && !limited("alice"));
}

/// Thousands of keys leave the decision to the account: administrators whose other policies differ share what each grants.
#[rstest]
#[case::with_other_policies("s3:PutObject", 1)]
#[case::with_a_deny_of_the_key("kms:Decrypt", 2)]
fn principals_share_the_table_of_a_key(#[case] denied: &str, #[case] expected: usize) {
    let organization = SampleOrganization {
        alice: vec![
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#.to_owned(),
            format!(r#"{{"Effect":"Deny","Action":"{denied}","Resource":"*"}}"#),
        ],
        dev: vec![ALL.to_owned()],
        key: vec![allow("kms:*", &aws(HOME), r#","Resource":"*""#)],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let sources = effective.snapshot().sources.iter();
    let of_key = sources.flat_map(|source| &source.attachments).filter(|one| {
        let policy = effective.snapshot().policies.get(one.policy);
        policy.is_some_and(|policy| &*policy.id == KEY)
    });
    let tables: std::collections::BTreeSet<TableId> = of_key.clone().map(|one| one.table).collect();
    assert_eq!((of_key.count(), tables.len()), (2, expected), "alice and bob");
}
