use super::{
    ActionFinding, ActionPattern, ActionSet, Principal, PrincipalEntry, PrincipalError, PrincipalIdentity,
    ResourcePattern,
};
use crate::arn::ShortArn;
use crate::document::{Element, PrincipalName, PrincipalType, Version};
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("*", "s3:GetObject", true)]
#[case("s3:Get*", "S3:getobject", true)]
#[case("S3:GETOBJECT", "s3:GetObject", true)]
#[case("s3:*Object", "s3:PutObject", true)]
#[case("s3:?etObject", "s3:GetObject", true)]
#[case("s3:Get", "s3:GetObject", false)]
#[case("s*:Get*", "s3:GetObject", true)]
#[case("*:*", "s3:GetObject", true)]
#[case("s3", "s3:GetObject", false)]
fn action_patterns_ignore_case(#[case] pattern: &str, #[case] action: &str, #[case] expected: bool) {
    assert_eq!(ActionPattern::parse(pattern).matches(action), expected);
}

#[rstest]
#[case("*", None)]
#[case("s3:*", None)]
#[case("s3", Some(ActionFinding::NoService))]
#[case("s?:Get", Some(ActionFinding::ServiceWildcard))]
#[case("*:*", Some(ActionFinding::ServiceWildcard))]
fn action_patterns_outside_the_grammar_are_reported(
    #[case] pattern: &str,
    #[case] expected: Option<ActionFinding>,
) {
    assert_eq!(ActionPattern::parse(pattern).finding(), expected);
}

#[test]
fn action_patterns_relate_to_each_other() {
    let (get, read, literal) = (
        ActionPattern::parse("s3:Get*"),
        ActionPattern::parse("S3:*Object"),
        ActionPattern::parse("s3:GetObject"),
    );
    assert!(get.overlaps(&read) && literal.is_literal() && get.literal_prefix() == "s3:get");
    assert_eq!(get.contains(&literal), crate::glob::Containment::Contained);
    assert_eq!(get.contains(&read), crate::glob::Containment::NotContained);
}

#[rstest]
#[case("*", PrincipalEntry::Everyone)]
#[case("111111111111", PrincipalEntry::Account("111111111111".into()))]
#[case("arn:aws:iam::111111111111:root", PrincipalEntry::Account("111111111111".into()))]
#[case("arn:aws:iam::1:user/p/u", PrincipalEntry::User("arn:aws:iam::1:user/p/u".into()))]
#[case("arn:aws:iam::1:role/r", PrincipalEntry::Role("arn:aws:iam::1:role/r".into()))]
#[case("arn:aws:sts::1:assumed-role/r/s", PrincipalEntry::RoleSession { account: "1".into(), role: "r".into(), session: "s".into() })]
#[case("arn:aws:sts::1:assumed-role/r", PrincipalEntry::Nobody("arn:aws:sts::1:assumed-role/r".into()))]
#[case("arn:aws:sts::1:federated-user/f", PrincipalEntry::FederatedUser { account: "1".into(), name: "f".into() })]
#[case("AROAEXAMPLE", PrincipalEntry::UniqueId("AROAEXAMPLE".into()))]
#[case("arn:aws:iam::1:user/*", PrincipalEntry::Nobody("arn:aws:iam::1:user/*".into()))]
#[case("arn:aws:iam::1:group/g", PrincipalEntry::Nobody("arn:aws:iam::1:group/g".into()))]
#[case("nonsense", PrincipalEntry::Nobody("nonsense".into()))]
fn principal_values_name_accounts_users_roles_and_sessions(
    #[case] value: &str,
    #[case] expected: PrincipalEntry,
) {
    let name = PrincipalName::Typed(PrincipalType::Aws, value.into());
    assert_eq!(PrincipalEntry::compile(&name), expected);
}

#[rstest]
#[case("arn:aws:iam::1:user/u", Some("1"))]
#[case("arn:aws:iam::1:role/p/r", Some("1"))]
#[case("arn:aws:sts::1:federated-user/f", Some("1"))]
#[case("arn:aws:iam::1:root", Some("1"))]
fn principals_are_read_from_their_arn(#[case] arn: &str, #[case] account: Option<&str>) {
    assert_eq!(Principal::parse(arn).unwrap().account(), account);
}

#[rstest]
#[case("arn:aws:sts::1:assumed-role/r/s")]
#[case("arn:aws:iam::1:group/g")]
#[case("ann")]
fn what_cannot_ask_is_no_principal(#[case] text: &str) {
    assert_eq!(
        Principal::parse(text),
        Err(PrincipalError::NotPrincipalArn(text.into()))
    );
}

#[test]
fn only_roles_under_the_service_path_are_service_linked() {
    let linked = "arn:aws:iam::1:role/aws-service-role/x.amazonaws.com/R";
    assert!(Principal::parse(linked).unwrap().is_service_linked_role());
    assert!(
        !Principal::parse("arn:aws:iam::1:role/R")
            .unwrap()
            .is_service_linked_role()
    );
    assert!(!Principal::from(PrincipalIdentity::Anonymous).is_service_linked_role());
}

#[rstest]
#[case::last_field("arn:aws:s3:::b/${aws:username}", Version::V2012, true)]
#[case::older_version("arn:aws:s3:::b/${aws:username}", Version::V2008, false)]
#[case::not_in_other_fields("arn:aws:sqs:${aws:r}:1:q", Version::V2012, false)]
#[case::character_only("arn:aws:s3:::b/${*}", Version::V2012, false)]
fn variables_count_in_the_last_field_only(
    #[case] text: &str,
    #[case] version: Version,
    #[case] expected: bool,
) {
    let pattern = ResourcePattern::parse(text, version, ShortArn::Padded);
    assert_eq!(matches!(pattern, ResourcePattern::Variable(_)), expected);
    assert_eq!(pattern.as_str(), text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn not_action_is_the_complement_of_action(
        patterns in proptest::collection::vec("[ab*?]{1,2}:[ab*?]{0,3}", 1..4), action in "[abAB]{1,2}:[abAB]{0,3}",
    ) {
        let plain = ActionSet::compile(&Element::Of(patterns.clone()));
        let negated = ActionSet::compile(&Element::Not(patterns));
        prop_assert_ne!(plain.matches(&action), negated.matches(&action));
    }
}
