//! Text of messages: input cited safely, lists joined.

use std::fmt::{self, Write};

/// Most characters of the input a message repeats.
const MAX_CITED: usize = 64;

/// Input inside a message: cut at 64 characters, on one line, nothing that changes how the rest is displayed.
pub(crate) struct Cited<'a>(pub(crate) &'a str);

impl fmt::Display for Cited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("\"\"");
        }
        if self.0.len() <= MAX_CITED && self.0.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return f.write_str(self.0);
        }
        let mut characters = self.0.chars();
        for c in characters.by_ref().take(MAX_CITED) {
            if breaks_display(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        if characters.next().is_some() {
            f.write_char('…')
        } else {
            Ok(())
        }
    }
}

/// Returns whether a character breaks the display: control characters, line and paragraph separators, and marks that
/// reorder the text after them.
fn breaks_display(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Writes a list: `a`, `a and b`, `a, b and c`; beyond `most` items `a, b and 7 more`.
pub(crate) fn list<T: fmt::Display>(items: &[T], most: usize) -> String {
    let mut text = String::new();
    let shown = if items.len() > most { most } else { items.len() };
    let left = items.len() - shown;
    for (i, item) in items.iter().take(shown).enumerate() {
        let joint = match i {
            0 => "",
            _ if left == 0 && i + 1 == shown => " and ",
            _ => ", ",
        };
        // Writing to a String cannot fail.
        write!(text, "{joint}{item}").unwrap_or_default();
    }
    if left > 0 {
        write!(text, " and {left} more").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Server", "Server")]
    #[case::empty("", "\"\"")]
    #[case::line_break("a\nb", "a\\nb")]
    #[case::line_separator("a\u{2028}b", "a\\u{2028}b")]
    #[case::right_to_left_override("a\u{202e}b", "a\\u{202e}b")]
    #[case::hangul("서버", "서버")]
    fn input_is_cited_on_one_line(#[case] input: &str, #[case] cited: &str) {
        assert_eq!(Cited(input).to_string(), cited);
    }

    #[test]
    fn input_is_cut_at_64_characters() {
        assert_eq!(Cited(&"가".repeat(64)).to_string(), "가".repeat(64));
        assert_eq!(
            Cited(&"가".repeat(65)).to_string(),
            format!("{}…", "가".repeat(64))
        );
    }

    #[rstest]
    #[case(&[1], "1")]
    #[case(&[1, 2], "1 and 2")]
    #[case(&[1, 2, 3], "1, 2 and 3")]
    #[case(&[1, 2, 3, 4, 5], "1, 2, 3 and 2 more")]
    fn lists_are_joined(#[case] items: &[u8], #[case] text: &str) {
        assert_eq!(list(items, 3), text);
    }
}
