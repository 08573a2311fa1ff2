//! Tests where an identity policy and the policy of a resource must both allow: other accounts, roles, keys.

use super::resources::{ALL, READ, allow, aws, codes, granted};
use super::sample_account;
use super::sample_organization::{
    ALICE, APP, EVE, EXTERNAL_ACCOUNT, HOME, KEY, MALLORY, QUEUE, SAML, SampleOrganization, VEND,
};
use super::selected::{rows, total};
use crate::aws::SimulatedRequest;
use rstest::rstest;

/// Returns the exceptions of the rows by which a source may do the action to what its own policies name; none without a
/// row.
fn held(organization: &SampleOrganization, source: &str, action: &str) -> Option<String> {
    let organization = SampleOrganization {
        levels: Some([ALL, ALL, ALL].map(|level| vec![level.to_owned()])),
        ..organization.clone()
    };
    let effective = organization.effective();
    let rows = rows(&effective);
    let mut own = rows.iter().filter(|row| {
        row.source_resource_id == source
            && row.effective_action_name == action
            && row.granted_by_cloud_policy_type == "Inline Policy"
    });
    own.next().map(codes)
}

#[rstest]
#[case::nothing(vec![], None, Some(""))]
#[case::no_resource_side(vec![ALL], None, None)]
#[case::both(vec![ALL], Some(EVE), Some(""))]
#[case::by_account(vec![ALL], Some("444455556666"), Some(""))]
#[case::somebody_else(vec![ALL], Some(VEND), None)]
fn across_accounts_both_sides_must_allow(
    #[case] identity: Vec<&str>,
    #[case] named: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let reads = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
    let organization = SampleOrganization {
        eve: identity.iter().map(|_| reads.to_owned()).collect(),
        bucket: named
            .map(|named| allow("s3:*", &aws(named), READ))
            .into_iter()
            .collect(),
        ..SampleOrganization::default()
    };
    if identity.is_empty() {
        assert_eq!(held(&organization, EVE, "s3:GetObject"), None);
    } else {
        assert_eq!(held(&organization, EVE, "s3:GetObject").as_deref(), expected);
    }
}

#[test]
fn a_user_of_another_account_has_a_row_where_its_identity_side_allows() {
    let organization = |identity: &str| SampleOrganization {
        eve: vec![format!(
            r#"{{"Effect":"Allow","Action":"s3:*","Resource":"{identity}"}}"#
        )],
        bucket: vec![allow("s3:GetObject", &aws(EVE), READ)],
        ..SampleOrganization::default()
    };
    let row = format!("{EVE} (user) s3:GetObject arn:aws:s3:::a/*");
    assert_eq!(granted(&organization("*")), std::slice::from_ref(&row));
    assert_eq!(
        granted(&organization("arn:aws:s3:::a/public/*")),
        [format!("{row} LIMITED_BY_IDENTITY_POLICY")]
    );
    assert!(granted(&organization("arn:aws:s3:::b/*")).is_empty());
}

#[test]
fn the_policy_of_a_resource_of_another_account_limits_identity_rows() {
    let identity = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
    let organization = SampleOrganization {
        eve: vec![identity.into()],
        bucket: vec![allow(
            "s3:*",
            &aws(EVE),
            r#","Resource":"arn:aws:s3:::a/public/*""#,
        )],
        ..SampleOrganization::default()
    };
    assert_eq!(
        held(&organization, EVE, "s3:GetObject").as_deref(),
        Some("LIMITED_BY_RESOURCE_POLICY")
    );
    let own = SampleOrganization {
        alice: vec![identity.into()],
        ..organization
    };
    assert_eq!(
        held(&own, ALICE, "s3:GetObject").as_deref(),
        Some(""),
        "the owner's account needs no more"
    );
}

#[rstest]
#[case::no_policy(QUEUE, vec![], None)]
#[case::named(QUEUE, vec![allow("sqs:*", &aws(ALICE), r#","Resource":"*""#)], Some(""))]
#[case::others(QUEUE, vec![allow("sqs:*", &aws(MALLORY), r#","Resource":"*""#)], None)]
#[case::pattern_without_any(&QUEUE.replace(":q", ":*"), vec![], None)]
#[case::pattern_with_some(&QUEUE.replace(":q", ":*"), vec![allow("sqs:*", &aws(ALICE), r#","Resource":"*""#)], Some("LIMITED_BY_RESOURCE_POLICY"))]
#[case::of_an_account_that_is_not_known("arn:aws:sqs:eu-west-2:777788889999:q", vec![], Some("POLICY_NOT_AVAILABLE"))]
fn a_resource_of_another_account_is_reached_by_its_policy(
    #[case] named: &str,
    #[case] queue: Vec<String>,
    #[case] expected: Option<&str>,
) {
    let organization = SampleOrganization {
        alice: vec![format!(
            r#"{{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"{named}"}}"#
        )],
        queue,
        ..SampleOrganization::default()
    };
    assert_eq!(held(&organization, ALICE, "sqs:SendMessage").as_deref(), expected);
}

#[rstest]
#[case::account(HOME, Some(""))]
#[case::user(ALICE, Some(""))]
#[case::nobody(MALLORY, None)]
fn a_key_is_reached_by_its_policy(#[case] named: &str, #[case] expected: Option<&str>) {
    let decrypts =
        |resource: &str| format!(r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"{resource}"}}"#);
    let organization = |resource: &str| SampleOrganization {
        alice: vec![decrypts(resource)],
        key: vec![allow("kms:*", &aws(named), r#","Resource":"*""#)],
        ..SampleOrganization::default()
    };
    assert_eq!(
        held(&organization(KEY), ALICE, "kms:Decrypt").as_deref(),
        expected
    );
    let unknown = organization(&KEY.replace("key/k", "key/other"));
    assert_eq!(
        held(&unknown, ALICE, "kms:Decrypt").as_deref(),
        Some("POLICY_NOT_AVAILABLE")
    );
    let all = organization(&KEY.replace("key/k", "key/*"));
    assert_eq!(
        held(&all, ALICE, "kms:Decrypt").as_deref(),
        Some("LIMITED_BY_RESOURCE_POLICY")
    );
}

/// Findings: an identity-based policy that allows a pattern, and a resource's policy that allows the account.
#[rstest]
#[case::everything("*", &["arn:aws:s3:::a/*"])]
#[case::a_pattern("arn:aws:s3:::a*", &["arn:aws:s3:::a/*"])]
#[case::a_part("arn:aws:s3:::a/public/*", &["arn:aws:s3:::a/* LIMITED_BY_IDENTITY_POLICY"])]
#[case::elsewhere("arn:aws:s3:::b*", &[])]
fn a_pattern_meets_a_grant_to_the_account(#[case] pattern: &str, #[case] expected: &[&str]) {
    let organization = SampleOrganization {
        eve: vec![format!(
            r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{pattern}"}}"#
        )],
        bucket: vec![allow(
            "s3:GetObject",
            &aws("arn:aws:iam::444455556666:root"),
            READ,
        )],
        ..SampleOrganization::default()
    };
    let rows = granted(&organization);
    let prefix = format!("{EVE} (user) s3:GetObject ");
    let own: Vec<&str> = rows.iter().filter_map(|row| row.strip_prefix(&prefix)).collect();
    assert_eq!(own, expected);
    let account =
        "arn:aws:iam::444455556666:root (account) s3:GetObject arn:aws:s3:::a/* LIMITED_BY_IDENTITY_POLICY";
    assert!(
        rows.iter().any(|row| row == account),
        "loading the account hides nothing: {rows:?}"
    );
}

#[rstest]
#[case::role_of_the_own_account("sts:AssumeRole", APP, ALICE)]
#[case::role_of_another_account("sts:AssumeRole", APP, EVE)]
#[case::key_of_the_own_account("kms:Decrypt", KEY, ALICE)]
#[case::key_of_another_account("kms:Decrypt", KEY, EVE)]
#[case::bucket_of_the_own_account("s3:ListBucket", "arn:aws:s3:::a", ALICE)]
#[case::queue_of_another_account("sqs:SendMessage", QUEUE, ALICE)]
fn a_principal_has_a_row_for_the_resource_that_lets_its_account_decide(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] source: &str,
) {
    let account = aws(source.split(':').nth(4).unwrap());
    let identity = vec![format!(
        r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#
    )];
    let of_resource = vec![allow(action, &account, r#","Resource":"*""#)];
    let organization = SampleOrganization {
        alice: identity.clone(),
        eve: identity,
        trust_of_app: vec![allow(action, &account, "")],
        bucket: of_resource.clone(),
        key: of_resource.clone(),
        queue: of_resource,
        ..SampleOrganization::default()
    };
    let row = granted(&organization)
        .into_iter()
        .find(|row| row.starts_with(&format!("{source} (user) {action} {resource}")));
    assert_eq!(row, Some(format!("{source} (user) {action} {resource}")));
}

#[test]
fn a_trust_policy_grants_to_those_it_names_and_lets_its_account_decide() {
    let action = "sts:AssumeRole";
    let organization = SampleOrganization {
        alice: vec![format!(
            r#"{{"Effect":"Allow","Action":"{action}","Resource":"{APP}"}}"#
        )],
        trust_of_app: vec![
            allow(action, r#"{"Service":"ec2.amazonaws.com"}"#, ""),
            allow(action, &aws(HOME), ""),
            allow(
                action,
                &aws(EXTERNAL_ACCOUNT),
                r#","Condition":{"StringEquals":{"sts:ExternalId":"x"}}"#,
            ),
            allow(
                "sts:AssumeRoleWithSAML",
                &format!(r#"{{"Federated":"{SAML}"}}"#),
                r#","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#,
            ),
        ],
        ..SampleOrganization::default()
    };
    assert_eq!(
        granted(&organization),
        [
            format!("{SAML} (saml-provider) sts:AssumeRoleWithSAML {APP} LIMITED_BY_CONDITION"),
            format!("{ALICE} (user) sts:AssumeRole {APP}"),
            format!(
                "{EXTERNAL_ACCOUNT} (account) sts:AssumeRole {APP} AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED;LIMITED_BY_CONDITION;POLICY_NOT_AVAILABLE"
            ),
            format!("ec2.amazonaws.com (service) sts:AssumeRole {APP}"),
        ]
    );
    assert_eq!(held(&organization, ALICE, action).as_deref(), Some(""));
    let foreign = SampleOrganization {
        eve: organization.alice.clone(),
        ..organization
    };
    assert_eq!(held(&foreign, EVE, action), None);
}

/// Only roles have policies among the resources of IAM, and only AWS STS asks them.
#[rstest]
#[case::imported(true)]
#[case::not_imported(false)]
fn nobody_acts_on_iam_of_another_account(#[case] other_is_imported: bool) {
    let organization = SampleOrganization {
        alice: vec![format!(
            r#"{{"Effect":"Allow","Action":["iam:PassRole","sts:AssumeRole"],"Resource":["{VEND}","{APP}"]}}"#
        )],
        levels: Some([ALL, ALL, ALL].map(|level| vec![level.to_owned()])),
        ..SampleOrganization::default()
    };
    let mut inventory = organization.inventory();
    inventory.resource_policies = None;
    if !other_is_imported {
        inventory.details.roles.retain(|one| one.arn != VEND);
        inventory.details.users.retain(|one| one.arn != EVE);
    }
    let effective = sample_account::effective(&inventory);
    let passing = |role: &str| {
        let named = format!("action.name = 'iam:PassRole' AND dest.cloud.resource.id = '{role}'");
        let covered = format!("action.name = 'iam:PassRole' AND dest.cloud.resource.id COVERS '{role}'");
        [named, covered].map(|condition| total(&effective, &condition))
    };
    assert_eq!([passing(APP), passing(VEND)], [[1, 1], [0, 0]]);
    // The trust policy of the role decides about assuming it.
    let assuming = total(
        &effective,
        &format!("action.name = 'sts:AssumeRole' AND dest.cloud.resource.id = '{VEND}'"),
    );
    assert_eq!(
        assuming,
        u64::from(!other_is_imported),
        "an unknown trust policy may allow it"
    );
    let request = SimulatedRequest {
        principal: ALICE,
        action: "iam:PassRole",
        resource: iam::arn::Resource::parse(VEND).unwrap(),
        context: &[],
        is_context_complete: false,
    };
    let simulated = effective.simulate(&request).unwrap();
    let codes: Vec<&str> = simulated.reservations.iter().map(|one| one.code).collect();
    assert_eq!(
        (simulated.decision, codes),
        ("implicitDeny", vec!["RESOURCE_CONTROL_POLICIES_NOT_AVAILABLE"])
    );
}

/// A row that reaches beyond the own account has the same form as one within it, so that the policies of other accounts
/// do not count.
#[rstest]
#[case::everything("*")]
#[case::roles_of_any_account("arn:aws:iam::*:role/*")]
#[case::roles_of_the_account("arn:aws:iam::444455556666:role/*")]
fn the_trust_policies_of_an_imported_account_are_known(#[case] resource: &str) {
    let organization = SampleOrganization {
        eve: vec![format!(
            r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"{resource}"}}"#
        )],
        trust_of_vend: vec![allow("sts:AssumeRole", &aws(EVE), "")],
        ..SampleOrganization::default()
    };
    assert_eq!(
        held(&organization, EVE, "sts:AssumeRole").as_deref(),
        Some("LIMITED_BY_RESOURCE_POLICY")
    );
}

/// Findings: a user whose policies allow everything does not come by a provider.
#[test]
fn only_federated_users_assume_roles_by_a_token() {
    let everything = r#"{"Effect":"Allow","Action":"sts:*","Resource":"*"}"#;
    let organization = SampleOrganization {
        alice: vec![everything.to_owned()],
        trust_of_app: vec![
            allow("sts:*", &aws(ALICE), ""),
            allow(
                "sts:AssumeRoleWithSAML",
                &format!(r#"{{"Federated":"{SAML}"}}"#),
                "",
            ),
        ],
        ..SampleOrganization::default()
    };
    let effective = organization.effective();
    let sources = |action: &str| {
        let rows = super::selected::all(&effective, &format!("action.name = '{action}'"));
        let mut sources: Vec<String> = rows
            .iter()
            .map(|row| row.source_resource_name.to_owned())
            .collect();
        sources.dedup();
        sources
    };
    assert_eq!(sources("sts:AssumeRoleWithSAML"), ["Okta"]);
    assert_eq!(sources("sts:AssumeRoleWithWebIdentity"), Vec::<String>::new());
    assert_eq!(sources("sts:AssumeRole"), ["alice"]);
}

/// An instance has no policy that could let another account in, whatever was imported. A subnet may be shared.
#[rstest]
#[case::instance("ec2:StopInstances", "444455556666:instance/i-1", None)]
#[case::instances("ec2:StopInstances", "444455556666:instance/*", None)]
#[case::volume("ec2:DeleteVolume", "444455556666:volume/*", None)]
#[case::own_instance("ec2:StopInstances", "111122223333:instance/i-1", Some(""))]
#[case::subnet("ec2:RunInstances", "444455556666:subnet/s-1", Some("POLICY_NOT_AVAILABLE"))]
fn nobody_uses_an_instance_of_another_account(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] expected: Option<&str>,
) {
    let text = format!(
        r#"{{"UserDetailList":[{{"Arn":"{ALICE}","UserName":"alice","UserPolicyList":[{{"PolicyName":"own","PolicyDocument":
            {{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:ec2:eu-west-2:{resource}"}}}}}}]}}]}}"#
    );
    let inventory = inventory::Inventory {
        details: inventory::read_authorization_details(&text).unwrap(),
        ..Default::default()
    };
    let (types, actions) = crate::aws::specs(iam::catalogue::Catalogue::embedded());
    let today = jiff::civil::date(2026, 4, 1);
    let effective = crate::aws::compile(&inventory, &types, &actions, today).into();
    let rows = super::selected::rows(&effective);
    let named = format!("arn:aws:ec2:eu-west-2:{resource}");
    let mut found = rows.iter().filter(|row| row.dest_resource_id == named);
    let codes = found.next().map(codes);
    let codes = codes.map(|codes| {
        let mut codes: Vec<&str> = codes.split(';').collect();
        codes.retain(|one| one.contains("POLICY_NOT"));
        codes.join(" ")
    });
    assert_eq!(codes.as_deref(), expected);
}
