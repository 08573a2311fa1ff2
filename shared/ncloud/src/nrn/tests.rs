use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn server(text: &str) -> Result<Nrn<'_>, Fault> {
    Nrn::parse(text, "Server")
}

#[rstest]
#[case::everything("*")]
#[case("nrn:*:Server:*::*")]
#[case("nrn:PUB:Server:KR:2942:Serverimage/7449")]
#[case("nrn:PUB:IAM::123456789012:SubAccount/UUID")]
#[case("nrn:GOV:IAM::25000000:Policy/4e066e50-9c3a-11e7-8a66-1e5021fa7c80")]
#[case("nrn:PUB:Account::3604371:Customer/static")]
#[case("nrn:PUB:DataQuery:KR:879496:DataSource/2942")]
#[case("nrn:PUB:ResourceManager:KR:1:group/3125/abc")]
#[case::colons_in_the_id("nrn:PUB:Server:KR:1:Server/a:b/c")]
#[case::empty_domain("nrn::Server:KR:1:Server/1")]
#[case::region_with_dash("nrn:PUB:Server:KR-1:1:Server/1")]
#[case::empty_member_in_a_pattern("nrn:PUB:Server:KR::Server/*")]
#[case::stars("nrn:*:Server:*:*:S*er*/a*b=.")]
fn names_of_the_grammar_are_read(#[case] text: &str) {
    let nrn = server(text).unwrap();
    assert_eq!(server(&nrn.to_string()), Ok(nrn.clone()));
}

#[rstest]
#[case("", Fault::Prefix)]
#[case("**", Fault::Prefix)]
#[case("arn:aws:s3:::b", Fault::Prefix)]
#[case("NRN:PUB:Server:KR:1:Server/1", Fault::Prefix)]
#[case("nrn:PUB:Server:KR:1:Server/1 ", Fault::Character)]
#[case("nrn:PUB:Server:KR:1:Server/서버", Fault::Character)]
#[case("nrn:", Fault::Format)]
#[case("nrn:PUB:Server", Fault::Format)]
#[case::no_product("nrn:PUB::KR:1:Server/1", Fault::Format)]
#[case::product_pattern("nrn:PUB:*:KR:1:Server/1", Fault::Format)]
#[case::no_member("nrn:PUB:Server:KR::Server/1", Fault::Format)]
#[case::member_not_a_number("nrn:PUB:Server:KR:a:Server/1", Fault::Format)]
#[case::partial_star_in_region("nrn:PUB:Server:K*:1:Server/1", Fault::Format)]
#[case::dash_in_domain("nrn:P-B:Server:KR:1:Server/1", Fault::Format)]
#[case::no_id("nrn:PUB:Server:KR:1:Server/", Fault::Format)]
#[case::no_slash("nrn:PUB:Server:KR:1:Server", Fault::Format)]
#[case::no_type("nrn:PUB:Server:KR:1:/1", Fault::Format)]
#[case::digit_first_in_type("nrn:PUB:Server:KR:1:1a/1", Fault::Format)]
#[case::dash_in_type("nrn:PUB:Server:KR:1:a-b/1", Fault::Format)]
fn each_other_text_has_one_fault(#[case] text: &str, #[case] fault: Fault) {
    assert_eq!(server(text), Err(fault));
}

#[test]
fn a_name_has_at_most_128_characters() {
    let head = "nrn:PUB:Server:KR:1:Server/";
    let name = |length: usize| format!("{head}{}", "a".repeat(length - head.len()));
    assert!(server(&name(128)).is_ok());
    assert_eq!(server(&name(129)), Err(Fault::Length));
}

#[rstest]
#[case("*", "nrn:PUB:Server:KR:1:Server/1", true)]
#[case("nrn:*:Server:*::*", "nrn:PUB:Server:KR:1:Server/1", true)]
#[case("nrn:*:Server:*::*", "*", true)]
#[case("*", "nrn:*:Server:*::*", true)]
#[case("nrn:*:Server:*::Server/*", "nrn:PUB:Server:KR:1:Server/1", false)]
#[case("nrn:*:Server:*:*:Server/*", "nrn:PUB:Server::1:Server/1/2:3", true)]
#[case("nrn:PUB:Server:KR:1:*", "nrn:PUB:Server:KR:1:*/1", true)]
#[case("nrn:PUB:Server:KR:1:*/*", "nrn:PUB:Server:KR:1:*", true)]
#[case("nrn:PUB:Server:KR:1:Server/*", "nrn:PUB:Server:KR:2:Server/1", false)]
#[case("nrn:PUB:Server:KR:1:Server/*", "nrn:PUB:Server:KR:1:server/1", false)]
#[case("nrn:PUB:Server:KR:1:Server/a*", "nrn:PUB:Server:KR:1:Server/a*b", true)]
#[case("nrn:PUB:Server:KR:1:Server/a*b", "nrn:PUB:Server:KR:1:Server/a*", false)]
#[case("nrn:*:Server:*:*:*", "nrn:*:VPC:*:*:*", false)]
fn patterns_cover_what_they_match(#[case] wide: &str, #[case] narrow: &str, #[case] expected: bool) {
    assert_eq!(server(wide).unwrap().covers(&server(narrow).unwrap()), expected);
}

#[rstest]
#[case("nrn:*:Server:*:*:*", "*")]
#[case("nrn:PUB:Server:KR:1:Server/a**b", "nrn:PUB:Server:KR:1:Server/a*b")]
#[case("nrn:PUB:Server:KR::*", "nrn:PUB:Server:KR:*:*")]
fn equal_patterns_are_equal_names(#[case] one: &str, #[case] other: &str) {
    assert_eq!(server(one).unwrap(), server(other).unwrap());
}

/// Returns the definition of a glob, without any thought of speed.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, text) || matches!(text, [_, after @ ..] if matches(pattern, after))
        }
        ([p, rest @ ..], [t, after @ ..]) => p == t && matches(rest, after),
        _ => false,
    }
}

fn name() -> impl Strategy<Value = String> {
    "nrn:(|\\*|A):Server:(|\\*|K):(\\*|1):(\\*|[aA*]/[ab*]{1,4})"
}

proptest! {
    #[test]
    fn globs_match_as_defined(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        prop_assert_eq!(glob(&pattern, &text), matches(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn printing_and_reading_again_gives_an_equal_name(text in name()) {
        let nrn = server(&text).unwrap();
        let printed = nrn.to_string();
        prop_assert_eq!(server(&printed), Ok(nrn));
    }

    #[test]
    fn covering_is_an_order(a in name(), b in name(), c in name()) {
        let (a, b, c) = (server(&a).unwrap(), server(&b).unwrap(), server(&c).unwrap());
        prop_assert!(a.covers(&a));
        prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c));
        prop_assert_eq!(a.covers(&b) && b.covers(&a), a == b);
    }

    #[test]
    fn reading_never_panics(text in "(nrn:)?.{0,40}") {
        let _outcome = server(&text);
    }
}
