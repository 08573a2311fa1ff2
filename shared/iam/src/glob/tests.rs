use super::{ANY, Containment, Glob, SEGMENT_ANY, SEGMENT_STAR, STAR, width};
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("", "", true)]
#[case("", "a", false)]
#[case("*", "", true)]
#[case("*", "a:b/c", true)]
#[case("?", "", false)]
#[case("?", "é", true)]
#[case("??", "é", false)]
#[case("a*b*c", "a-b-b-c", true)]
#[case("a*b*c", "a-b-b-", false)]
#[case("*ab", "aab", true)]
#[case("a?c", "a:c", true)]
#[case("A", "a", false)]
fn a_whole_text_matches_or_does_not(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
    assert_eq!(Glob::parse(pattern).matches(text), expected);
}

#[test]
fn many_stars_take_linear_time() {
    let pattern = format!("{}b", "*a".repeat(200));
    assert!(!Glob::parse(&pattern).matches(&"a".repeat(20_000)));
}

#[test]
fn a_literal_star_is_no_wildcard_and_is_printed_as_one() {
    let literal = Glob::literal("a*");
    assert!(literal.matches("a*") && !literal.matches("ab"));
    assert!(literal.is_literal() && !Glob::parse("a*").is_literal());
    assert_eq!(Glob::parse("a*é?").to_string(), "a*é?");
    assert_eq!(Glob::parse("s3:Get*").literal_prefix(), "s3:Get");
    assert_eq!(Glob::parse("s3:*Get?Tags").literal_suffix(), "Tags");
    assert_eq!(Glob::parse("s3:Get*").literal_suffix(), "");
    assert_eq!(Glob::parse("s3:Get").literal_suffix(), "s3:Get");
    assert!(Glob::parse("**").is_universal() && !Glob::parse("").is_universal());
}

#[rstest]
#[case("?*a", "*ba", Containment::Contained)]
#[case("*", "abc*", Containment::Contained)]
#[case("a*", "*", Containment::NotContained)]
#[case("s3:Get*", "s3:GetObject*", Containment::Contained)]
#[case("*?", "?*", Containment::Contained)]
#[case("a*a", "a", Containment::NotContained)]
fn containment_is_exact(#[case] outer: &str, #[case] inner: &str, #[case] expected: Containment) {
    assert_eq!(Glob::parse(outer).contains(&Glob::parse(inner)), expected);
}

#[test]
fn containment_gives_up_at_its_cap_rather_than_running_for_ever() {
    let outer = Glob::parse(&format!("*a{}", "?".repeat(40)));
    let inner = Glob::parse(&format!("*a{}*", "?".repeat(40)));
    assert_eq!(
        outer.contains(&Glob::parse(&format!("*a{}b*", "?".repeat(39)))),
        Containment::NotProven
    );
    assert_eq!(inner.contains(&inner), Containment::Contained);
}

/// Matches by the definition, without any care for time.
fn naive(tokens: &[u8], text: &[u8]) -> bool {
    match (tokens, text) {
        ([], []) => true,
        ([STAR, rest @ ..], _) => {
            naive(rest, text) || (!text.is_empty() && naive(tokens, &text[width(text[0])..]))
        }
        ([SEGMENT_STAR, rest @ ..], _) => {
            naive(rest, text) || (!text.is_empty() && text[0] != b':' && naive(tokens, &text[1..]))
        }
        ([ANY, rest @ ..], [first, ..]) => naive(rest, &text[width(*first)..]),
        ([SEGMENT_ANY, rest @ ..], [first, after @ ..]) => *first != b':' && naive(rest, after),
        ([own, rest @ ..], [first, after @ ..]) => own == first && naive(rest, after),
        (_, _) => false,
    }
}

fn short_pattern() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(proptest::sample::select(vec![b'a', b'b', b':', STAR, ANY]), 0..7)
}

/// Generates patterns of the form that ARN patterns have: segments, of which one may end in a crossing star
fn segmented_pattern() -> impl Strategy<Value = Vec<u8>> {
    let inside = proptest::collection::vec(
        proptest::sample::select(vec![b'a', b'b', SEGMENT_STAR, SEGMENT_ANY]),
        0..4,
    );
    let segment = (inside, any::<bool>()).prop_map(|(mut inside, crossing)| {
        if crossing {
            inside.push(STAR);
        }
        inside
    });
    (proptest::collection::vec(segment, 0..4), short_pattern()).prop_map(|(mut segments, last)| {
        segments.push(last);
        segments.join(&b':')
    })
}

fn texts(alphabet: &[u8], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let until = all.len();
        for index in from..until {
            let extended: Vec<String> = alphabet
                .iter()
                .map(|&letter| format!("{}{}", all[index], char::from(letter)))
                .collect();
            all.extend(extended);
        }
        from = until;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.saturating_mul(2)))]

    #[test]
    fn the_matcher_equals_its_definition(tokens in short_pattern(), text in "[ab:é]{0,8}") {
        prop_assert_eq!(super::matches(&tokens, text.as_bytes()), naive(&tokens, text.as_bytes()));
    }

    #[test]
    fn the_matcher_equals_its_definition_with_segments(tokens in segmented_pattern(), text in "[ab:]{0,9}") {
        prop_assert_eq!(super::matches(&tokens, text.as_bytes()), naive(&tokens, text.as_bytes()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    // Patterns of up to four tokens decide everything on texts of up to eight letters.
    #[test]
    fn overlap_and_containment_equal_brute_force(
        one in proptest::collection::vec(proptest::sample::select(vec![b'a', b':', STAR, ANY, SEGMENT_STAR, SEGMENT_ANY]), 0..5),
        other in proptest::collection::vec(proptest::sample::select(vec![b'a', b':', STAR, ANY, SEGMENT_STAR, SEGMENT_ANY]), 0..5),
    ) {
        let texts = texts(b"a:z", 7);
        let matched = |tokens: &[u8]| texts.iter().map(|text| naive(tokens, text.as_bytes())).collect::<Vec<_>>();
        let (left, right) = (matched(&one), matched(&other));
        let (one, other) = (Glob::from_tokens(one), Glob::from_tokens(other));
        prop_assert_eq!(one.overlaps(&other), left.iter().zip(&right).any(|(a, b)| *a && *b));
        let contained = if right.iter().zip(&left).all(|(inner, outer)| !inner || *outer) {
            Containment::Contained
        } else {
            Containment::NotContained
        };
        prop_assert_eq!(one.contains(&other), contained);
    }
}
