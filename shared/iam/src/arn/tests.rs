use super::{Arn, ArnError, ArnPattern, PatternFinding, Resource, ShortArn, WildcardMatching, account_field};
use crate::glob::Containment;
use rstest::rstest;

fn matches(pattern: &str, resource: &str) -> bool {
    ArnPattern::parse(pattern, ShortArn::Padded).matches(&Resource::parse(resource).unwrap())
}

#[test]
fn an_arn_has_six_fields_of_which_the_last_keeps_its_colons() {
    let arn = Arn::parse("arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s").unwrap();
    assert_eq!(
        (arn.partition, arn.service, arn.region, arn.account, arn.resource),
        (
            "aws",
            "logs",
            "eu-west-1",
            "123456789012",
            "log-group:g:log-stream:s"
        )
    );
    assert_eq!(
        Arn::parse("arn:aws:s3"),
        Err(ArnError::TooFewFields {
            text: "arn:aws:s3".into()
        })
    );
    assert_eq!(
        Arn::parse("a:b:c:d:e:f"),
        Err(ArnError::Prefix {
            text: "a:b:c:d:e:f".into()
        })
    );
}

const ROLE: &str = "arn:aws:iam::123456789012:role/team/x";

#[rstest]
#[case::everything("*", ROLE, true)]
#[case::stars("***", ROLE, true)]
#[case::the_pseudo_resource_needs_stars_only("arn:aws:s3:::*", "*", false)]
#[case::stars_match_the_pseudo_resource("*", "*", true)]
#[case::question_marks_do_not("?", "*", false)]
#[case::within_a_field("arn:aws:iam::123*:role/team/x", ROLE, true)]
#[case::case_counts("arn:aws:iam::123456789012:role/Team/x", ROLE, false)]
#[case::a_slash_is_crossed("arn:aws:iam::123456789012:role/*", ROLE, true)]
#[case::in_front_of_a_name("arn:aws:iam::123456789012:*/x", ROLE, true)]
#[case::a_final_star_of_a_field_may_cross("arn:aws:iam::*:role/team/x", "arn:aws:iam::1:2:role/team/x", true)]
#[case::an_inner_star_does_not("arn:aws:iam::*2:role/team/x", "arn:aws:iam::1:2:role/team/x", false)]
#[case::an_inner_star_within("arn:aws:iam::1*2:role/team/x", ROLE, true)]
#[case::a_question_mark_is_no_colon("arn:aws:s3:?::b", "arn:aws:s3::::b", false)]
#[case::the_last_field_holds_colons("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:b:c", true)]
#[case::question_mark_in_the_last_field("arn:aws:s3:::b/a?b", "arn:aws:s3:::b/a:b", true)]
#[case::wildcard_service("arn:aws:*:::b", "arn:aws:s3:::b", false)]
#[case::wildcard_in_the_service("arn:aws:s?:::b", "arn:aws:s3:::b", false)]
#[case::short_is_padded("arn:aws:iam", ROLE, true)]
#[case::short_with_a_star("arn:aws:iam*", ROLE, true)]
#[case::padding_is_no_written_wildcard("arn:aws", ROLE, true)]
#[case::short_and_wrong("arn:aws:s3", ROLE, false)]
fn wildcards_follow_the_documented_rule(
    #[case] pattern: &str,
    #[case] resource: &str,
    #[case] expected: bool,
) {
    assert_eq!(matches(pattern, resource), expected);
}

#[rstest]
#[case("arn:aws:s3:::b", ShortArn::PaddedAfterStar, None)]
#[case("arn:aws:s3", ShortArn::Padded, Some(PatternFinding::Padded))]
#[case("arn:aws:s3*", ShortArn::PaddedAfterStar, Some(PatternFinding::Padded))]
#[case("arn:aws:s3", ShortArn::PaddedAfterStar, Some(PatternFinding::TooShort))]
#[case("arn:aws:s*:::b", ShortArn::Padded, Some(PatternFinding::ServiceWildcard))]
#[case("*", ShortArn::PaddedAfterStar, None)]
fn what_is_odd_is_said(
    #[case] pattern: &str,
    #[case] short: ShortArn,
    #[case] expected: Option<PatternFinding>,
) {
    assert_eq!(ArnPattern::parse(pattern, short).finding(), expected);
}

#[test]
fn a_short_pattern_without_star_matches_nothing_in_resource_policies() {
    let bucket = Resource::parse("arn:aws:s3:::b").unwrap();
    assert!(!ArnPattern::parse("arn:aws:s3", ShortArn::PaddedAfterStar).matches(&bucket));
    assert!(ArnPattern::parse("arn:aws:s3:*", ShortArn::PaddedAfterStar).matches(&bucket));
}

#[rstest]
#[case("arn:aws:iam::*2:role/x", "arn:aws:iam::1:2:role/x", true, false)]
#[case("arn:aws:s3", "arn:aws:s3:::b", false, false)]
#[case("arn:aws:*:::b", "arn:aws:s3:::b", true, true)]
fn the_other_readings_are_kept(
    #[case] pattern: &str,
    #[case] resource: &str,
    #[case] whole: bool,
    #[case] fields: bool,
) {
    let pattern = ArnPattern::parse(pattern, ShortArn::Padded);
    let resource = Resource::parse(resource).unwrap();
    assert_eq!(
        pattern.matches_as(&resource, WildcardMatching::WholeString),
        whole
    );
    assert_eq!(
        pattern.matches_as(&resource, WildcardMatching::FieldByField),
        fields
    );
    assert!(pattern.is_ambiguous(&resource));
}

#[test]
fn a_usual_pattern_is_never_ambiguous() {
    let pattern = ArnPattern::parse("arn:aws:s3:::bucket/*", ShortArn::Padded);
    assert!(!pattern.is_ambiguous(&Resource::parse("arn:aws:s3:::bucket/a:b").unwrap()));
    assert_eq!(
        (pattern.service(), pattern.literal_prefix()),
        (Some("s3"), "arn:aws:s3:::bucket/")
    );
    assert_eq!(ArnPattern::parse("arn:aws:s3*", ShortArn::Padded).service(), None);
}

#[rstest]
#[case("arn:aws:s3:::a*", "arn:aws:s3:::*b", true, Containment::NotContained)]
#[case("arn:aws:s3:::a*", "arn:aws:s3:::ab*", true, Containment::Contained)]
#[case("*", "arn:aws:s3:::ab*", true, Containment::Contained)]
#[case("arn:aws:s3", "arn:aws:s3:::ab*", true, Containment::Contained)]
#[case("arn:aws:s3:::a", "arn:aws:*:::a", false, Containment::Contained)]
#[case("arn:aws:*:::a", "arn:aws:s3:::a", false, Containment::NotContained)]
#[case("arn:aws:ec2:*1:1:x", "arn:aws:ec2:a:1:1:x", false, Containment::NotContained)]
fn patterns_are_related_by_the_same_rule(
    #[case] outer: &str,
    #[case] inner: &str,
    #[case] overlap: bool,
    #[case] expected: Containment,
) {
    let outer = ArnPattern::parse(outer, ShortArn::Padded);
    let inner = ArnPattern::parse(inner, ShortArn::Padded);
    assert_eq!(
        (outer.overlaps(&inner), outer.contains(&inner)),
        (overlap, expected)
    );
}

#[rstest]
#[case::arn("arn:aws:iam::111122223333:role/a", Some("111122223333"))]
#[case::no_account("arn:aws:s3:::bucket/a:b:c", Some(""))]
#[case::five_fields("arn:aws:s3:::", Some(""))]
#[case::account_at_the_end("arn:aws:iam::*", Some("*"))]
#[case::four_fields("arn:aws:s3:*", None)]
#[case::star("*", None)]
fn the_account_is_the_fifth_field(#[case] text: &str, #[case] account: Option<&str>) {
    assert_eq!(account_field(text), account);
    assert_eq!(text.split(':').nth(4), account);
}
