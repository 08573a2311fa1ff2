//! Suggests the one candidate that was probably meant, or none.

/// Returns the candidate that differs from what was typed only in case, otherwise the nearest by edit distance `d` on
/// lower-cased text, if `d <= max(2, n / 4)` and `2 d < n` for the `n` characters typed; ties go to the first
/// in code point order. Without the bounds every wrong word would get a nonsensical suggestion.
///
/// A candidate is what to suggest and the text to compare with; the same suggestion may come with several texts.
pub(crate) fn nearest<'c>(
    typed: &str,
    candidates: impl Iterator<Item = (&'c str, &'c str)> + Clone,
) -> Option<&'c str> {
    let length = typed.chars().count();
    let lower = typed.to_lowercase();
    let near = |text: &str| {
        // The limits apply to the difference of the lengths, too, so that long inputs are cheap.
        let difference = text.chars().count().abs_diff(length);
        (difference <= most(length)).then(|| text.to_lowercase())
    };
    candidates
        .filter_map(|(suggestion, text)| Some((strsim::levenshtein(&lower, &near(text)?), suggestion)))
        .filter(|(distance, _)| *distance <= most(length) && 2 * distance < length.max(1))
        .min()
        .map(|(_, suggestion)| suggestion)
}

fn most(length: usize) -> usize {
    (length / 4).max(2)
}

#[cfg(test)]
mod tests {
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
}
