use rstest::rstest;
use serde_json::json;

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/app/worker";
const USER: &str = "arn:aws:iam::111122223333:user/people/ann";

#[rstest]
#[case::user(USER, Kind::User, "aws", "ann")]
#[case::role(ROLE, Kind::Role, "aws", "worker")]
#[case::without_path("arn:aws-cn:iam::111122223333:role/worker", Kind::Role, "aws-cn", "worker")]
fn a_principal_is_read_from_its_arn(
    #[case] arn: &str,
    #[case] kind: Kind,
    #[case] partition: &str,
    #[case] name: &str,
) {
    let principal = Principal::parse(arn).unwrap();
    assert_eq!(
        (
            principal.kind(),
            principal.partition(),
            principal.account(),
            principal.name(),
            principal.arn()
        ),
        (kind, partition, "111122223333", name, arn)
    );
}

#[rstest]
#[case("")]
#[case("arn:aws:iam::111122223333:root")]
#[case("arn:aws:iam::111122223333:group/g")]
#[case("arn:aws:iam::111122223333:role/")]
#[case("arn:aws:sts::111122223333:assumed-role/worker/session")]
fn other_text_is_no_principal(#[case] arn: &str) {
    assert_eq!(Principal::parse(arn), Err(PrincipalError(arn.to_owned())));
}

fn made(principal: &str, identity: &serde_json::Value) -> Option<Certainty> {
    let text = identity.to_string();
    Principal::parse(principal)
        .unwrap()
        .made(&serde_json::from_str(&text).unwrap())
}

#[rstest]
#[case::user(USER, json!({"type": "IAMUser", "arn": USER}))]
#[case::assumed_role(ROLE, json!({"type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/worker/s",
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}}}))]
#[case::role(ROLE, json!({"type": "Role", "arn": ROLE}))]
#[case::federated(USER, json!({"type": "FederatedUser",
    "arn": "arn:aws:sts::111122223333:federated-user/x",
    "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": USER}}}))]
fn calls_that_the_principals_policies_authorised_are_its_own(
    #[case] principal: &str,
    #[case] identity: serde_json::Value,
) {
    assert_eq!(made(principal, &identity), Some(Certainty::Certain));
}

#[test]
fn a_session_without_issuer_goes_by_the_roles_name_and_is_uncertain() {
    let session = json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/worker/s"});
    assert_eq!(made(ROLE, &session), Some(Certainty::Uncertain));
}

#[rstest]
#[case::other_path(USER, json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"}))]
#[case::other_account(USER, json!({"type": "IAMUser", "arn": "arn:aws:iam::999999999999:user/people/ann"}))]
#[case::role_of_the_same_name_elsewhere(ROLE, json!({"type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/worker/s",
    "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/worker"}}}))]
#[case::longer_name(ROLE, json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/worker2/s"}))]
#[case::session_of_that_name(ROLE, json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/x/worker/"}))]
#[case::federated_by_root(USER, json!({"type": "FederatedUser",
    "sessionContext": {"sessionIssuer": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}}}))]
#[case::other_accounts_copy(ROLE, json!({"type": "AWSAccount", "arn": ROLE}))]
#[case::saml(ROLE, json!({"type": "SAMLUser", "arn": ROLE}))]
#[case::web(ROLE, json!({"type": "WebIdentityUser", "arn": ROLE}))]
#[case::service(ROLE, json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}))]
#[case::without_type(USER, json!({"arn": USER}))]
fn calls_of_others_are_not(#[case] principal: &str, #[case] identity: serde_json::Value) {
    assert_eq!(made(principal, &identity), None);
}

#[rstest]
#[case::user("user/ann", r#"{"arn":"arn:aws:iam::1:user/ann"}"#, true)]
#[case::session("role/ann", r#"{"arn":"arn:aws:sts::1:assumed-role/ann/x"}"#, true)]
#[case::escaped_slash("user/ann", r#"{"arn":"arn:aws:iam::1:user\/ann"}"#, true)]
#[case::slash_as_number("user/ann", r#"{"arn":"arn:aws:iam::1:user\u002fann"}"#, true)]
#[case::slash_behind_escaped("role/ann", r#"{"arn":"arn:aws:sts::1:assumed-role/ann\/x"}"#, true)]
#[case::odd_sign("user/a=bcd", r#"{"arn":"arn:aws:iam::1:user/a\u003dbcd"}"#, true)]
#[case::only_odd_signs("user/==", r#"{"arn":"arn:aws:iam::1:user/\u003d\u003d"}"#, true)]
#[case::second_place("user/s3", r#"{"s":"s3.amazonaws.com","arn":"arn:aws:iam::1:user/s3"}"#, true)]
#[case::elsewhere("user/s3", r#"{"s":"s3.amazonaws.com","userName":"s3"}"#, false)]
#[case::longer("user/ann", r#"{"arn":"arn:aws:iam::1:user/anna"}"#, false)]
#[case::other("user/ann", r#"{"arn":"arn:aws:iam::1:user/bob"}"#, false)]
fn the_prefilter_passes_whatever_names_the_principal(
    #[case] principal: &str,
    #[case] record: &str,
    #[case] passes: bool,
) {
    let principal = Principal::parse(&format!("arn:aws:iam::1:{principal}")).unwrap();
    assert_eq!(Prefilter::new(&principal).passes(record.as_bytes()), passes);
}

#[rstest]
#[case("1.11", Some("Management"), "AwsApiCall", Worth::Call)]
#[case("1.09", Some("Data"), "AwsApiCall", Worth::Call)]
#[case("1.05", None, "AwsApiCall", Worth::Call)]
#[case("1.08", Some("Management"), "AwsConsoleAction", Worth::ConsoleAction)]
#[case("1.08", Some("Management"), "AwsServiceEvent", Worth::Nothing)]
#[case("1.08", Some("Management"), "AwsConsoleSignIn", Worth::Nothing)]
#[case("1.08", Some("Insight"), "AwsCloudTrailInsight", Worth::Nothing)]
#[case("1.10", Some("NetworkActivity"), "AwsVpceEvent", Worth::Nothing)]
#[case("1.10", Some("NetworkActivity"), "AwsApiCall", Worth::Nothing)]
#[case("1.10", None, "AwsVpceEvent", Worth::Nothing)]
#[case("1.08", Some("Data"), "Rds Data Service", Worth::Call)]
#[case("1.12", Some("NobodyKnows"), "AwsApiCall", Worth::Call)]
#[case("2.0", Some("Management"), "AwsApiCall", Worth::Unknown)]
#[case("10.0", Some("Management"), "AwsApiCall", Worth::Unknown)]
fn a_record_is_worth_what_its_kind_says(
    #[case] version: &str,
    #[case] category: Option<&str>,
    #[case] kind: &str,
    #[case] expected: Worth,
) {
    let text = json!({
        "eventVersion": version, "eventCategory": category, "eventType": kind,
        "eventTime": "2024-01-01T00:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
    })
    .to_string();
    let record: Record<'_> = serde_json::from_str(&text).unwrap();
    assert_eq!(worth(&record), expected);
}
