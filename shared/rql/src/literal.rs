//! String literals and how they compare with the text of a row.
//!
//! Every comparison of the language ignores case by Unicode lower-casing, character by character and with no
//! other normalisation. Literals are lowered once, when the query is parsed; the text of a row is lowered while it is
//! read, so that no comparison allocates.

use std::cmp::Ordering;

/// A string of the query: the text between its quotes.
#[derive(Debug, Clone)]
pub struct Literal {
    text: Box<str>,
    // INVARIANT: `lower(text)`.
    lowered: Box<str>,
}

impl Literal {
    /// Returns a literal with this value, quotes and escapes already removed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            lowered: lower(text).collect(),
        }
    }

    /// Returns the value as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the value in lower case, which is what compares.
    #[must_use]
    pub fn lowered(&self) -> &str {
        &self.lowered
    }

    /// Returns whether `text` is this value, whatever the case of its letters.
    #[must_use]
    pub fn equals(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.lowered.eq_ignore_ascii_case(text);
        }
        self.lowered.chars().eq(lower(text))
    }

    /// Returns whether `text` begins with this value, whatever the case.
    #[must_use]
    pub fn starts(&self, text: &str) -> bool {
        is_prefix(self.lowered.chars(), lower(text))
    }

    /// Returns whether `text` ends with this value, whatever the case.
    #[must_use]
    pub fn ends(&self, text: &str) -> bool {
        is_prefix(
            self.lowered.chars().rev(),
            text.chars().rev().flat_map(|c| c.to_lowercase().rev()),
        )
    }
}

/// Spelling counts, because the canonical form keeps it; use [`Literal::equals`] to compare as the language does.
impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Literal {}

/// A list of literals, in the order written, searched in logarithmic time.
#[derive(Debug, Clone)]
pub struct LiteralList {
    items: Vec<Literal>,
    // INVARIANT: the distinct lowered items, ascending.
    sorted: Vec<Box<str>>,
}

impl LiteralList {
    /// Returns a list of these items.
    #[must_use]
    pub fn new(items: Vec<Literal>) -> Self {
        let mut sorted: Vec<_> = items.iter().map(|item| item.lowered.clone()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { items, sorted }
    }

    /// Returns the items as written, in the order written.
    #[must_use]
    pub fn items(&self) -> &[Literal] {
        &self.items
    }

    /// Returns the distinct values in lower case, ascending.
    pub fn distinct(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sorted.iter().map(AsRef::as_ref)
    }

    /// Returns where in [`LiteralList::distinct`] the value `text` is, in any case of letters.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<usize> {
        // The order of UTF-8 bytes is the order of characters.
        self.sorted.binary_search_by(|item| compare(item, text)).ok()
    }

    /// Returns whether `text` is one of the items, whatever the case.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }
}

/// Spelling and order count, as in the canonical form.
impl PartialEq for LiteralList {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for LiteralList {}

/// A literal to be found anywhere inside a text, in time linear in the text (Knuth, Morris and Pratt).
///
/// A naive search would cost text times literal, and both are chosen by the caller of a public operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    literal: Literal,
    characters: Box<[char]>,
    // For each prefix, the length of its longest proper border.
    borders: Box<[usize]>,
}

impl Needle {
    /// Prepares the search for `literal`.
    #[must_use]
    pub fn new(literal: Literal) -> Self {
        let characters: Box<[char]> = literal.lowered.chars().collect();
        let mut borders = vec![0; characters.len()];
        let mut matched = 0;
        for (index, &character) in characters.iter().enumerate().skip(1) {
            matched = step(&characters, &borders, matched, character);
            if let Some(border) = borders.get_mut(index) {
                *border = matched;
            }
        }
        Self {
            literal,
            characters,
            borders: borders.into(),
        }
    }

    /// Returns the literal of the query.
    #[must_use]
    pub fn literal(&self) -> &Literal {
        &self.literal
    }

    /// Returns whether the literal occurs in `text`, whatever the case.
    #[must_use]
    pub fn occurs(&self, text: &str) -> bool {
        let mut matched = 0;
        self.characters.is_empty()
            || lower(text).any(|character| {
                matched = step(&self.characters, &self.borders, matched, character);
                matched == self.characters.len()
            })
    }
}

/// Returns how much of the needle is matched after one more character.
fn step(needle: &[char], borders: &[usize], mut matched: usize, character: char) -> usize {
    loop {
        if needle.get(matched) == Some(&character) {
            return matched.saturating_add(1);
        }
        match matched.checked_sub(1).and_then(|last| borders.get(last)) {
            Some(&border) => matched = border,
            None => return 0,
        }
    }
}

/// Returns the characters of `text` in lower case.
///
/// `str::to_lowercase` is not the same: it writes a final sigma by its place in the word, so that a prefix of a text
/// would not always be a prefix of the lowered text.
pub(crate) fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn compare(lowered: &str, text: &str) -> Ordering {
    lowered.chars().cmp(lower(text))
}

fn is_prefix(mut prefix: impl Iterator<Item = char>, mut text: impl Iterator<Item = char>) -> bool {
    prefix.all(|character| text.next() == Some(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::ascii("S3:GetObject", "s3:getobject", true)]
    #[case::umlaut("GRÜN", "grün", true)]
    #[case::kelvin_sign("K", "\u{212a}", true)]
    #[case::no_normalisation("é", "e\u{301}", false)]
    #[case::no_trimming("a", "a ", false)]
    #[case::a_star_is_no_wildcard("*", "anything", false)]
    fn equality_ignores_case_and_nothing_else(
        #[case] literal: &str,
        #[case] text: &str,
        #[case] equal: bool,
    ) {
        assert_eq!(Literal::new(literal).equals(text), equal);
        assert_eq!(Literal::new(text).equals(literal), equal);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]
        #[test]
        fn matchers_agree_with_plain_string_operations(needle in "[aAbßİ]{0,4}", text in "[aAbBßİ]{0,12}") {
            let (plain_needle, plain_text) =
                (lower(&needle).collect::<String>(), lower(&text).collect::<String>());
            let literal = Literal::new(&needle);
            prop_assert_eq!(literal.equals(&text), plain_needle == plain_text);
            prop_assert_eq!(literal.starts(&text), plain_text.starts_with(&plain_needle));
            prop_assert_eq!(literal.ends(&text), plain_text.ends_with(&plain_needle));
            prop_assert_eq!(Needle::new(literal).occurs(&text), plain_text.contains(&plain_needle));
        }

        #[test]
        fn a_list_finds_exactly_its_items(items in prop::collection::vec("[abAB]{0,2}", 0..6), text in "[abAB]{0,2}") {
            let list = LiteralList::new(items.iter().map(|item| Literal::new(item)).collect());
            prop_assert_eq!(list.contains(&text), items.iter().any(|item| item.eq_ignore_ascii_case(&text)));
        }
    }
}
