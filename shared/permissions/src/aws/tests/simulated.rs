//! Simulated requests against the decision and against the rows, over random organizations.

use super::brute_force::{check, requests};
use super::random_organization::organization;
use super::sample_account::{ROLE, SampleAccount, USER};
use super::sample_requests::{REQUESTS, callers};
use crate::aws::{SimulatedRequest, Simulation};
use iam::arn::Resource;
use iam::context::{ConditionKeys, Context, Lookup};
use iam::evaluate::Outcome;
use inventory::{Inventory, read_authorization_details, read_resource_policies};
use proptest::prelude::*;
use rstest::rstest;

/// Lists what the contexts of the random organizations can say of a request.
const KEYS: [&str; 4] = [
    "aws:MultiFactorAuthPresent",
    "aws:SourceVpc",
    "aws:userid",
    "aws:SourceAccount",
];

fn sent(context: &Context) -> Vec<(String, Vec<String>)> {
    let present = KEYS
        .into_iter()
        .filter_map(|key| match context.lookup(&key.to_lowercase()) {
            Lookup::Present(values) => Some((key.to_owned(), values.to_vec())),
            Lookup::Other(_) | Lookup::Begins(_) | Lookup::Absent | Lookup::Unknown => None,
        });
    present.collect()
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Conditional(_) => "conditional",
        Outcome::ExplicitDeny => "explicitDeny",
        Outcome::ImplicitDeny => "implicitDeny",
        Outcome::NotApplicable => "notApplicable",
    }
}

fn simulate(
    account: &SampleAccount,
    action: &str,
    resource: &str,
    context: &[(&str, &str)],
    is_context_complete: bool,
) -> Simulation {
    let context: Vec<(String, Vec<String>)> = context
        .iter()
        .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]))
        .collect();
    let request = SimulatedRequest {
        principal: USER,
        action,
        resource: Resource::parse(resource).unwrap(),
        context: &context,
        is_context_complete,
    };
    account.effective().simulate(&request).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn a_simulated_request_is_decided_as_the_evaluator_does_and_the_rows_agree(organization in organization()) {
        let effective = organization.effective();
        let rows = super::selected::explained(&effective, "dest.cloud.type = 'AWS'");
        let named = effective.snapshot().actions.find("old:thing").is_some();
        for context in requests() {
            let is_open = context == Context::open();
            let sent = sent(&context);
            for caller in callers(REQUESTS[0]).iter().take(5) {
                // Rows are only about actions that the catalogue or some policy names.
                for sample in REQUESTS.into_iter().filter(|one| named || one.action != "old:Thing") {
                    let simulation = effective.simulate(&SimulatedRequest {
                        principal: caller.source,
                        action: sample.action,
                        resource: Resource::parse(sample.resource).unwrap(),
                        context: &sent,
                        is_context_complete: !is_open,
                    }).unwrap();
                    // The random organizations also ask the evaluator about actions that the catalogue does not have.
                    if simulation.decision == "notApplicable" {
                        continue;
                    }
                    let outcome = organization.decide(caller, sample, &context, None);
                    let about = format!("{} {sample:?} {context:?}: {simulation:?}", caller.source);
                    prop_assert_eq!(simulation.decision, word(&outcome), "{}", about);
                    check(&organization, &rows, caller, sample, &context)?;
                }
            }
        }
    }
}

#[test]
fn each_layer_names_the_statement_that_decided() {
    let mut account = SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#);
    account.boundary = Some(vec![
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#.to_owned(),
    ]);
    let allowed = simulate(&account, "s3:GetObject", "arn:aws:s3:::a/x", &[], false);
    assert_eq!(allowed.decision, "allowed");
    let by: Vec<String> = allowed
        .allowed_by
        .iter()
        .map(|one| one.policy_id.clone())
        .collect();
    assert_eq!(by.len(), 2, "{by:?}");
    let refused = simulate(&account, "s3:PutObject", "arn:aws:s3:::a/x", &[], false);
    assert_eq!(refused.decision, "implicitDeny");
    assert_eq!(
        serde_json::to_value(&refused.limited_by).unwrap(),
        serde_json::json!([{"layer": "boundary"}])
    );
    assert!(
        refused.would_change[0].contains("permissions boundary"),
        "{refused:?}"
    );

    account.boundary = None;
    account.bucket = vec![
        r#"{"Sid":"closed","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}"#
            .to_owned(),
    ];
    let denied = simulate(&account, "S3:getobject", "arn:aws:s3:::a/x", &[], false);
    assert_eq!(denied.decision, "explicitDeny");
    assert_eq!(denied.denied_by[0].sid.as_deref(), Some("closed"));
    assert_eq!(denied.denied_by[0].policy_id, "arn:aws:s3:::a");
}

#[test]
fn what_is_missing_of_the_request_is_named_and_can_be_given() {
    let account = SampleAccount::of(
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
    );
    let ask = |context: &[(&str, &str)], complete| {
        simulate(&account, "s3:GetObject", "arn:aws:s3:::b/x", context, complete)
    };
    let open = ask(&[], false);
    assert_eq!(open.decision, "conditional");
    assert_eq!(open.missing_context, ["aws:multifactorauthpresent"]);
    assert!(open.residual.is_some());
    assert_eq!(
        ask(&[("aws:MultiFactorAuthPresent", "true")], false).decision,
        "allowed"
    );
    assert_eq!(
        ask(&[("aws:MultiFactorAuthPresent", "false")], false).decision,
        "implicitDeny"
    );
    assert_eq!(ask(&[], true).decision, "implicitDeny");
    let ignoring = ask(&[("aws:PrincipalAccount", "999999999999")], false);
    assert_eq!(ignoring.ignored_context, ["aws:PrincipalAccount"]);
}

#[test]
fn a_reservation_says_what_is_not_known() {
    let account = SampleAccount::of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let codes = |action: &str, resource: &str| -> Vec<&'static str> {
        let simulation = simulate(&account, action, resource, &[], false);
        simulation.reservations.iter().map(|one| one.code).collect()
    };
    let found = codes("old:Thing", "arn:aws:old:us-east-1:111122223333:x");
    assert!(found.contains(&"UNKNOWN_ACTION"), "{found:?}");
    let found = codes("s3:GetObject", "arn:aws:s3:::b/x");
    assert!(found.contains(&"OWNER_ASSUMED"), "{found:?}");
    assert!(
        found.contains(&"RESOURCE_CONTROL_POLICIES_NOT_AVAILABLE"),
        "{found:?}"
    );
    let wrong_type = simulate(&account, "s3:GetObject", "arn:aws:s3:::b", &[], false);
    assert_eq!(wrong_type.decision, "notApplicable");
}

/// A key without an imported policy, a role of an account that is not imported, and a resource of an account whose policies were
/// not collected: what is not known is not denied.
#[rstest]
#[case::key_of_the_account(
    "kms:Decrypt",
    "arn:aws:kms:eu-west-2:111122223333:key/k",
    "the key policy of `arn:aws:kms:eu-west-2:111122223333:key/k`"
)]
#[case::key_of_another_account(
    "kms:Decrypt",
    "arn:aws:kms:eu-west-2:444455556666:key/k",
    "the key policy of"
)]
#[case::role_of_another_account(
    "sts:AssumeRole",
    "arn:aws:iam::444455556666:role/r",
    "the trust policy of the role `arn:aws:iam::444455556666:role/r`"
)]
#[case::queue_of_another_account(
    "sqs:SendMessage",
    "arn:aws:sqs:eu-west-2:444455556666:q",
    "the policy of the resource `arn:aws:sqs:eu-west-2:444455556666:q`"
)]
fn a_policy_that_is_not_known_is_no_denial(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] missing: &str,
) {
    let account = SampleAccount::of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let simulation = simulate(&account, action, resource, &[], false);
    assert_eq!(simulation.decision, "notKnown");
    assert!(simulation.would_change[0].contains(missing), "{simulation:?}");
    let reserved = simulation.reservations.iter();
    let mut reserved = reserved.filter(|one| one.code == "RESOURCE_POLICY_NOT_AVAILABLE");
    assert!(
        reserved.next().is_some_and(|one| one.message.contains(missing)),
        "{simulation:?}"
    );
}

#[test]
fn a_bucket_policy_that_is_not_known_could_allow_what_no_identity_policy_does() {
    let account = SampleAccount::of(r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#);
    // The policies of the account were collected, and this bucket has none.
    let known = simulate(&account, "s3:GetObject", "arn:aws:s3:::b/x", &[], false);
    assert_eq!(known.decision, "implicitDeny");
    let inventory = Inventory {
        resource_policies: None,
        ..account.inventory()
    };
    let request = SimulatedRequest {
        principal: USER,
        action: "s3:GetObject",
        resource: Resource::parse("arn:aws:s3:::b/x").unwrap(),
        context: &[],
        is_context_complete: false,
    };
    let unknown = super::sample_account::effective(&inventory)
        .simulate(&request)
        .unwrap();
    assert_eq!(unknown.decision, "notKnown");
    assert!(
        unknown.would_change[0].contains("the bucket policy of `arn:aws:s3:::b/x`"),
        "{unknown:?}"
    );
}

#[test]
fn what_no_unknown_policy_can_change_is_denied() {
    let mut account = SampleAccount::of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    account.boundary = Some(vec![
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
    ]);
    let resource = "arn:aws:kms:eu-west-2:444455556666:key/k";
    assert_eq!(
        simulate(&account, "kms:Decrypt", resource, &[], false).decision,
        "implicitDeny"
    );
    account.boundary = None;
    account
        .inline
        .push(r#"{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#.to_owned());
    assert_eq!(
        simulate(&account, "kms:Decrypt", resource, &[], false).decision,
        "explicitDeny"
    );
    // Instances have no policies, so that nobody else can use them.
    let instance = "arn:aws:ec2:eu-west-2:444455556666:instance/i-1";
    assert_eq!(
        simulate(&account, "ec2:StopInstances", instance, &[], false).decision,
        "implicitDeny"
    );
}

#[test]
fn a_policy_of_the_principal_that_is_not_known_is_no_denial() {
    let text = format!(
        r#"{{"UserDetailList":[{{"Arn":"{USER}","UserName":"alice",
            "AttachedManagedPolicies":[{{"PolicyName":"own","PolicyArn":"arn:aws:iam::111122223333:policy/own"}}]}}]}}"#
    );
    let inventory = Inventory {
        details: read_authorization_details(&text).unwrap(),
        ..Inventory::default()
    };
    let effective = super::sample_account::effective(&inventory);
    let request = SimulatedRequest {
        principal: USER,
        action: "iam:PassRole",
        resource: Resource::parse(ROLE).unwrap(),
        context: &[],
        is_context_complete: false,
    };
    let simulation = effective.simulate(&request).unwrap();
    assert_eq!(simulation.decision, "notKnown");
    assert!(
        simulation.would_change[0].contains("a policy or a group of the principal"),
        "{simulation:?}"
    );
}

/// A role whose trust policy lets session tags be passed has its own tags where none are passed.
#[test]
fn a_request_without_session_tags_has_the_tags_of_the_role() {
    let text = format!(
        r#"{{"RoleDetailList":[{{"Arn":"{ROLE}","RoleName":"app","Tags":[{{"Key":"team","Value":"b"}}],
            "AssumeRolePolicyDocument":{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},
                "Action":["sts:AssumeRole","sts:TagSession"]}}}},
            "RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Statement":{{"Effect":"Allow","Action":"s3:GetObject",
                "Resource":"*","Condition":{{"StringEqualsIfExists":{{"aws:PrincipalTag/Team":"a"}}}}}}}}}}]}}]}}"#
    );
    let collected = r#"{"account":"111122223333","resourcePolicies":[]}"#;
    let inventory = Inventory {
        details: read_authorization_details(&text).unwrap(),
        resource_policies: Some(read_resource_policies(collected).unwrap()),
        ..Inventory::default()
    };
    let effective = super::sample_account::effective(&inventory);
    let decision = |tags: &[(&str, &str)], is_context_complete| {
        let tags = tags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]));
        let context: Vec<(String, Vec<String>)> = tags.collect();
        let request = SimulatedRequest {
            principal: ROLE,
            action: "s3:GetObject",
            resource: Resource::parse("arn:aws:s3:::a/x").unwrap(),
            context: &context,
            is_context_complete,
        };
        effective.simulate(&request).unwrap().decision
    };
    assert_eq!(decision(&[], true), "implicitDeny");
    assert_eq!(decision(&[("aws:PrincipalTag/team", "a")], true), "allowed");
    assert_eq!(decision(&[], false), "conditional");
}

#[test]
fn a_principal_that_no_document_describes_is_none() {
    let effective = SampleAccount::of("").effective();
    let request = |principal| SimulatedRequest {
        principal,
        action: "s3:GetObject",
        resource: Resource::Unspecified,
        context: &[],
        is_context_complete: false,
    };
    assert!(
        effective
            .simulate(&request("arn:aws:iam::111122223333:user/gone"))
            .is_none()
    );
    assert!(effective.simulate(&request(ROLE)).is_some());
}
