//! Rules of the policy name and the description.
//!
//! Source: Ncloud Sub Account guide, "Create policy": 3 to 30 Korean, English or Japanese letters, digits and
//! `.`, `_`, `-`, starting with a letter; a description of at most 300 bytes. Which code points are letters is
//! not published; the sets below are those that Korean and Japanese keyboards produce.

/// Fewest characters of a policy name; Unicode scalar values, not bytes.
pub(crate) const MIN_NAME: usize = 3;
/// Most characters of a policy name; Unicode scalar values, not bytes.
pub(crate) const MAX_NAME: usize = 30;
/// Most bytes of a description, in UTF-8.
pub(crate) const MAX_DESCRIPTION: usize = 300;

/// Returns whether the name starts with a letter and holds only letters, digits, `.`, `_` and `-`; vacuously for the
/// empty name, which is only too short.
pub(crate) fn matches_pattern(name: &str) -> bool {
    name.chars().next().is_none_or(is_letter)
        && name
            .chars()
            .all(|c| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

fn is_letter(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z'
        | '\u{3005}'               // ideographic iteration mark
        | '\u{3041}'..='\u{3096}'  // Hiragana
        | '\u{309D}'..='\u{309E}'  // Hiragana iteration marks
        | '\u{30A1}'..='\u{30FA}'  // Katakana
        | '\u{30FC}'..='\u{30FE}'  // prolonged sound mark, Katakana iteration marks
        | '\u{FF66}'..='\u{FF9F}'  // half-width Katakana and its voicing marks
        | '\u{3131}'..='\u{318E}'  // Hangul compatibility jamo
        | '\u{4E00}'..='\u{9FFF}'  // CJK unified ideographs
        | '\u{AC00}'..='\u{D7A3}'  // Hangul syllables; conjoining jamo (NFD text) stay outside
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("", true)]
    #[case::all_kinds("aZ0._-", true)]
    #[case::hangul("가힣ㄱㆎ", true)]
    #[case::kana("ぁゖァヺー", true)]
    #[case::ideographs("一鿿人々", true)]
    #[case::iteration_marks("サーバー々ゝゞヽヾ", true)]
    #[case::half_width("ｻｰﾊﾞｰ", true)]
    #[case::digit_first("1ab", false)]
    #[case::dot_first(".ab", false)]
    #[case::space("a b", false)]
    #[case::mark("ab!", false)]
    #[case::conjoining_jamo("\u{1112}\u{1161}\u{11ab}", false)]
    #[case::full_width_letter("Ａbc", false)]
    #[case::accent("é12", false)]
    #[case::other_digits("a٣٣", false)]
    #[case::middle_dot("ア・イ", false)]
    fn the_pattern_holds_letters_digits_and_three_marks(#[case] name: &str, #[case] good: bool) {
        assert_eq!(matches_pattern(name), good);
    }
}
