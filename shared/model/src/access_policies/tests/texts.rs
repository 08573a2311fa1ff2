use std::str::FromStr;

use proptest::prelude::*;
use rstest::rstest;

use super::ID;
use crate::access_policies::text::NextToken;
use crate::access_policies::{Arn, ClientToken, Description, Email, IamArn, Id, IdentityId, Name};
use crate::request::Constraint;

fn is<T: FromStr<Err = Constraint>>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

#[rstest]
#[case(ID, true)]
#[case("00000000-0000-0000-0000-000000000001", true)]
#[case::zeros("00000000-0000-0000-0000-000000000000", false)]
#[case::upper_case("01234567-89AB-4cde-8f01-23456789abcd", false)]
#[case::no_digit("0123456g-89ab-4cde-8f01-23456789abcd", false)]
#[case::shifted_dash("012345678-9ab-4cde-8f01-23456789abcd", false)]
#[case::short("01234567-89ab-4cde-8f01-23456789abc", false)]
#[case::long("01234567-89ab-4cde-8f01-23456789abcde", false)]
#[case::with_line_break("01234567-89ab-4cde-8f01-23456789abc\n", false)]
#[case::printed_example("a1b2c3d4-5678-90ab-cdef-aaaaaEXAMPLE", false)]
#[case::empty("", false)]
fn ids(#[case] text: &str, #[case] is_one: bool) {
    assert_eq!(is::<Id>(text), is_one);
}

#[rstest]
#[case(36, true)]
#[case(64, true)]
#[case(35, false)]
#[case(65, false)]
fn client_tokens_have_36_to_64_characters(#[case] length: usize, #[case] is_one: bool) {
    assert_eq!(is::<ClientToken>(&"x".repeat(length)), is_one);
    // Code points count, not bytes.
    assert_eq!(is::<ClientToken>(&"𝄞".repeat(length)), is_one);
}

#[test]
fn white_space_is_that_of_unicode_and_the_separators_of_ascii() {
    for space in [
        ' ', '\t', '\n', '\u{1c}', '\u{1f}', '\u{85}', '\u{a0}', '\u{2003}', '\u{3000}',
    ] {
        assert!(!is::<IdentityId>(&format!("a{space}b")), "{space:?}");
    }
    // These are not spaces: a zero-width space, a control character, a no-break mark.
    for other in ['\u{200b}', '\u{1}', '\u{feff}', 'ü'] {
        assert!(is::<IdentityId>(&format!("a{other}b")), "{other:?}");
    }
    assert!(
        is::<IdentityId>(&"x".repeat(256)) && !is::<IdentityId>(&"x".repeat(257)) && !is::<IdentityId>("")
    );
}

#[rstest]
#[case("arn:aws:iam::111122223333:role/portal", true, true)]
#[case("arn:aws-cn:iam::111122223333:role/portal", true, true)]
#[case("arn:aws-us-gov:x", true, true)]
#[case::of_iam_only("arn:aws:iam::1:role/a+b=c,d@e", true, false)]
#[case::other_partition("arn:aws-iso:iam::1:role/a", false, false)]
#[case::nothing_after("arn:aws:", false, false)]
#[case::space("arn:aws:iam::1:role/a b", false, false)]
#[case::star("arn:aws:iam::1:role/*", false, false)]
#[case::letter_of_another_script("arn:aws:iam::1:role/ä", false, false)]
#[case::line_break("arn:aws:iam::1:role/a\n", false, false)]
#[case::something_before(" arn:aws:iam::1:role/a", false, false)]
fn arns(#[case] text: &str, #[case] is_of_iam: bool, #[case] is_arn: bool) {
    assert_eq!((is::<IamArn>(text), is::<Arn>(text)), (is_of_iam, is_arn));
}

#[test]
fn arns_have_up_to_1600_characters() {
    let arn = |length: usize| format!("arn:aws:{}", "x".repeat(length - 8));
    assert!(is::<IamArn>(&arn(1600)) && !is::<IamArn>(&arn(1601)));
    assert!(is::<Arn>(&arn(1600)) && !is::<Arn>(&arn(1601)));
}

#[rstest]
#[case("a@b.cd", true)]
#[case("a.b-c_d+e@f.g-h.ij", true)]
#[case::dots_anywhere(".@..cd", true)]
#[case::one_letter_at_the_end("a@b.c", false)]
#[case::digit_at_the_end("a@b.c1", false)]
#[case::no_domain("a@.cd", false)]
#[case::no_dot("a@bcd", false)]
#[case::two_ats("a@b@c.de", false)]
#[case::no_local_part("@b.cd", false)]
#[case::letter_of_another_script("ä@b.cd", false)]
#[case::space("a @b.cd", false)]
fn e_mail_addresses(#[case] text: &str, #[case] is_one: bool) {
    assert_eq!(is::<Email>(text), is_one);
}

#[test]
fn an_e_mail_address_is_not_shown() {
    let address: Email = "line7@example.com".parse().unwrap();
    assert!(!format!("{address:?}").contains("line7"));
}

#[rstest]
#[case("Linie 7 – Füllung", true)]
#[case::control_of_latin_1("a\u{85}b", true)]
#[case::tab("a\tb", false)]
#[case::delete("a\u{7f}b", false)]
#[case::empty("", false)]
fn names_have_no_control_characters(#[case] text: &str, #[case] is_one: bool) {
    assert_eq!((is::<Name>(text), is::<Description>(text)), (is_one, is_one));
}

#[test]
fn names_have_256_characters_and_descriptions_2048() {
    assert!(is::<Name>(&"ü".repeat(256)) && !is::<Name>(&"ü".repeat(257)));
    assert!(is::<Description>(&"ü".repeat(2048)) && !is::<Description>(&"ü".repeat(2049)));
}

#[rstest]
#[case("AZaz09+/=", true)]
#[case::of_the_url_alphabet("ab-_", false)]
#[case::empty("", false)]
fn page_tokens_are_standard_base64(#[case] text: &str, #[case] is_one: bool) {
    assert_eq!(is::<NextToken>(text), is_one);
}

proptest! {
    #[test]
    fn any_uuid_but_the_one_of_zeros_is_an_id(bits in 1..=u128::MAX) {
        let id = Id::from(uuid::Uuid::from_u128(bits));
        prop_assert_eq!(id.as_str().parse::<Id>(), Ok(id.clone()));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _outcomes = (is::<Id>(&text), is::<IamArn>(&text), is::<Email>(&text), is::<Name>(&text));
    }
}
