//! Did you mean: the one candidate that was probably meant, or none.

/// The candidate that differs from what was typed only in case, else the nearest by edit distance `d` on
/// lower-cased text, if `d <= max(2, n / 4)` and `2 d < n` for the `n` characters typed; ties go to the first
/// in code point order. Without the bounds every wrong word would get a nonsensical suggestion.
///
/// A candidate is what to suggest and the text to compare with; the same suggestion may come with several texts.
pub(crate) fn nearest<'c>(
    typed: &str,
    candidates: impl Iterator<Item = (&'c str, &'c str)> + Clone,
) -> Option<&'c str> {
    let length = typed.chars().count();
    let lower_case = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let lower = lower_case(typed);
    let near = |text: &str| {
        // The bounds hold for the difference of the lengths as well, which keeps long inputs cheap.
        let difference = text.chars().count().abs_diff(length);
        (difference <= most(length)).then(|| lower_case(text))
    };
    candidates
        .filter_map(|(suggestion, text)| Some((distance(&lower, &near(text)?), suggestion)))
        .filter(|(distance, _)| *distance <= most(length) && 2 * distance < length.max(1))
        .min()
        .map(|(_, suggestion)| suggestion)
}

fn most(length: usize) -> usize {
    (length / 4).max(2)
}

/// Levenshtein distance, with one row of the table.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(b) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(*cell + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NAMES: [&str; 6] = ["DataQuery", "KMS", "SENS", "Server", "VPCServer", "WMS"];

    fn among_names(typed: &str) -> Option<&'static str> {
        nearest(typed, NAMES.iter().map(|name| (*name, *name)))
    }

    #[rstest]
    #[case::case_only("server", Some("Server"))]
    #[case::one_missing("DataQery", Some("DataQuery"))]
    #[case::a_space("Data Query", Some("DataQuery"))]
    #[case::short_one_off("KMX", Some("KMS"))]
    #[case::two_characters_are_too_few("MS", None)]
    #[case::a_tie_goes_to_the_first("XMS", Some("KMS"))]
    #[case::nothing_near("XYZ", None)]
    #[case::empty("", None)]
    #[case::two_of_four_is_half("SxxS", None)]
    #[case::three_of_twelve("DataQueryABC", Some("DataQuery"))]
    #[case::four_of_thirteen("DataQueryABCD", None)]
    fn the_nearest_within_bounds_is_suggested(#[case] typed: &str, #[case] expected: Option<&str>) {
        assert_eq!(among_names(typed), expected);
    }

    #[rstest]
    #[case("", "", 0)]
    #[case("", "abc", 3)]
    #[case("kitten", "sitting", 3)]
    #[case("flaw", "lawn", 2)]
    fn known_distances(#[case] a: &str, #[case] b: &str, #[case] expected: usize) {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars(a), &chars(b)), expected);
    }

    proptest! {
        #[test]
        fn the_distance_is_a_metric(a in "[ab]{0,6}", b in "[ab]{0,6}", c in "[ab]{0,6}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let (a, b, c) = (chars(&a), chars(&b), chars(&c));
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
        }
    }
}
