//! Rows of identity-based policies.

use super::sample_account::{self, SampleAccount};
use super::selected::rows;
use crate::row::exceptions::ExceptionCode;
use rstest::rstest;

/// Returns action, destination, type and exceptions of alice's rows.
fn summary(account: &SampleAccount) -> Vec<String> {
    let effective = account.effective();
    rows(&effective)
        .iter()
        .map(|row| {
            let codes: Vec<&str> = row.exceptions.iter().map(ExceptionCode::as_str).collect();
            let (action, dest, kind) = (
                row.effective_action_name,
                row.dest_resource_id,
                row.dest_resource_type,
            );
            format!("{action} {dest} {kind} {}", codes.join(";"))
                .trim_end()
                .to_owned()
        })
        .collect()
}

const READ: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;
const DENY_ALL: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;

#[rstest]
#[case::plain(READ, None, &["s3:GetObject arn:aws:s3:::a/* object"])]
#[case::one_row_for_each_type(
    r#"{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"*"}"#,
    None,
    &["s3:PutObjectTagging * bucket", "s3:PutObjectTagging * object"]
)]
#[case::no_bucket_is_called_like_an_object(
    r#"{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::a/*"}"#,
    None,
    &["s3:PutObjectTagging arn:aws:s3:::a/* object"]
)]
#[case::an_alias_is_the_function_where_no_alias_is_known(
    r#"{"Effect":"Allow","Action":"lambda:*","Resource":"arn:aws:lambda:eu-west-2:111122223333:function:f:live"}"#,
    None,
    &[
        "lambda:InvokeFunction arn:aws:lambda:eu-west-2:111122223333:function:f:live function",
        "lambda:TagResource arn:aws:lambda:eu-west-2:111122223333:function:f:live function alias",
    ]
)]
#[case::only_a_star_grants_what_has_no_resource(
    r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::*"}"#,
    None,
    &[]
)]
#[case::unknown_actions_stay(
    r#"{"Effect":"Allow","Action":"old:Thing","Resource":"arn:aws:old:::x"}"#,
    None,
    &["old:Thing arn:aws:old:::x *"]
)]
#[case::variables_are_filled_in(
    r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}/*"}"#,
    None,
    &["s3:GetObject arn:aws:s3:::alice/a/* object"]
)]
#[case::unknown_variables_widen(
    r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${aws:SourceVpc}"}"#,
    None,
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_CONDITION"]
)]
#[case::covering_deny(READ, Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*"}"#), &[])]
#[case::deny_of_a_part(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a/secret/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_DENY_STATEMENT"]
)]
#[case::deny_elsewhere(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::deny_but_for_this(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::a/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::deny_under_condition(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#),
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_DENY_STATEMENT"]
)]
#[case::deny_of_somebody_else(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::not_resource(
    r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::a/*"}"#,
    None,
    &["s3:GetObject * object LIMITED_BY_NOT_RESOURCE"]
)]
#[case::roles_whose_trust_is_not_known(
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444455556666:role/x"}"#,
    None,
    &["sts:AssumeRole arn:aws:iam::444455556666:role/x role POLICY_NOT_AVAILABLE"]
)]
#[case::a_role_that_trusts_nobody(
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app"}"#,
    None,
    &[]
)]
#[case::unknown_operator(
    r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"Resembles":{"aws:x":"1"}}}"#,
    None,
    &["s3:ListBucket * bucket LIMITED_BY_CONDITION;CONDITION_NOT_EVALUATED"]
)]
fn rows_are_the_net_of_grants_and_denies(
    #[case] allow: &str,
    #[case] deny: Option<&str>,
    #[case] expected: &[&str],
) {
    let mut account = SampleAccount::of(allow);
    account.group.extend(deny.map(str::to_owned));
    assert_eq!(summary(&account), expected);
}

/// Findings: no permission is needed to ask who one is, so no policy takes it away.
#[rstest]
#[case::deny(|account: &mut SampleAccount| account.group.push(DENY_ALL.to_owned()))]
#[case::boundary(|account: &mut SampleAccount| account.boundary = Some(vec![READ.to_owned()]))]
#[case::service_control(|account: &mut SampleAccount| account.levels = Some(vec![vec![DENY_ALL.to_owned()]]))]
fn no_layer_limits_what_needs_no_permission(#[case] limit: fn(&mut SampleAccount)) {
    let asks = r#"{"Effect":"Allow","Action":["sts:GetCallerIdentity","old:Thing"],"Resource":"*"}"#;
    let mut account = SampleAccount::of(asks);
    limit(&mut account);
    assert_eq!(summary(&account), ["sts:GetCallerIdentity * *"]);
    let effective = account.effective();
    let rows = super::selected::explained(&effective, "action.name = 'sts:GetCallerIdentity'");
    let explanation = rows[0].explanation.as_ref().unwrap();
    assert!(
        explanation.limiting.is_empty() && explanation.residual.is_none(),
        "{explanation:?}"
    );
}

#[rstest]
#[case::aws_managed("arn:aws:iam::aws:policy/AdministratorAccess", false)]
#[case::own("arn:aws:iam::111122223333:policy/own", true)]
#[case::both("*", true)]
fn what_only_aws_can_do_has_no_row(#[case] resource: &str, #[case] expected: bool) {
    let account = SampleAccount::of(&format!(
        r#"{{"Effect":"Allow","Action":["iam:CreatePolicyVersion","iam:GetPolicy"],"Resource":"{resource}"}}"#
    ));
    let found = summary(&account);
    assert_eq!(
        found.contains(&format!("iam:CreatePolicyVersion {resource} *")),
        expected,
        "{found:?}"
    );
    assert!(
        found.contains(&format!("iam:GetPolicy {resource} *")),
        "{found:?}"
    );
}

#[test]
fn boundary_and_levels_limit_or_remove() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned();
    let part = READ.replace("a/*", "a/public/*");
    let bound = |boundary: Option<&str>, level: Option<&str>| {
        let mut account = SampleAccount::of(READ);
        account.boundary = boundary.map(|one| vec![one.to_owned()]);
        account.levels =
            Some(level.map_or_else(Vec::new, |one| vec![vec![all.clone()], vec![one.to_owned()]]));
        summary(&account)
    };
    let row = "s3:GetObject arn:aws:s3:::a/* object";
    assert_eq!(bound(Some(&all), Some(&all)), [row]);
    assert_eq!(
        bound(Some(&part), None),
        [format!("{row} LIMITED_BY_PERMISSIONS_BOUNDARY")]
    );
    assert_eq!(
        bound(None, Some(&part)),
        [format!("{row} LIMITED_BY_SERVICE_CONTROL_POLICY")]
    );
    assert!(bound(Some(&READ.replace("a/*", "b/*")), None).is_empty());
    assert!(bound(None, Some(&READ.replace("Get", "Put"))).is_empty());
}

#[rstest]
#[case::all_of_it(r#""Principal":"*","Resource":"arn:aws:s3:::a/*""#, &[])]
#[case::for_others(r#""Principal":{"AWS":"444455556666"},"Resource":"arn:aws:s3:::a/*""#, &[""])]
#[case::a_part(r#""Principal":"*","Resource":"arn:aws:s3:::a/secret/*""#, &[" LIMITED_BY_DENY_STATEMENT"])]
#[case::outside_its_reach(r#""Principal":"*","Resource":"arn:aws:s3:::b/*""#, &[""])]
#[case::everything_within_its_reach(r#""Principal":"*","Resource":"*""#, &[])]
fn the_policy_of_a_bucket_denies_what_is_in_it(#[case] deny: &str, #[case] expected: &[&str]) {
    let mut account = SampleAccount::of(READ);
    account.bucket = vec![format!(r#"{{"Effect":"Deny","Action":"s3:Get*",{deny}}}"#)];
    let rows: Vec<String> = expected
        .iter()
        .map(|codes| format!("s3:GetObject arn:aws:s3:::a/* object{codes}"))
        .collect();
    assert_eq!(summary(&account), rows);
}

#[test]
fn what_is_not_known_is_said() {
    let mut account = SampleAccount::of(READ);
    account.levels = None;
    assert_eq!(
        summary(&account),
        ["s3:GetObject arn:aws:s3:::a/* object AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED"]
    );
    let mut inventory = SampleAccount::of(READ).inventory();
    inventory.details.users[0]
        .attached
        .push("arn:aws:iam::aws:policy/Missing".into());
    let effective = sample_account::effective(&inventory);
    let codes: Vec<_> = rows(&effective)[0]
        .exceptions
        .iter()
        .map(ExceptionCode::as_str)
        .collect();
    assert_eq!(codes, ["POLICY_NOT_AVAILABLE"]);
}
