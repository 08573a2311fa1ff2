//! Matches wildcard patterns, in which `*` is any run of characters and `?` any one character.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Resource" and "String condition operators".

mod relation;
#[cfg(test)]
mod tests;

pub use relation::Containment;

// INVARIANT: wildcards are bytes that UTF-8 never uses, so a literal `*` (from `${*}` or from substituted text)
// needs no escape and a pattern is compared with text byte by byte.
pub(crate) const STAR: u8 = 0xFF;
pub(crate) const ANY: u8 = 0xFE;
/// A run without colon
pub(crate) const SEGMENT_STAR: u8 = 0xFD;
/// One character that is not a colon
pub(crate) const SEGMENT_ANY: u8 = 0xFC;

/// A pattern, compiled once and matched against text in linear time
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob {
    tokens: Box<[u8]>,
}

impl Glob {
    /// Reads `text`, in which every `*` and `?` is a wildcard.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            tokens: wild(text).collect(),
        }
    }

    /// Makes a pattern that matches only `text`, character by character.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self {
            tokens: text.as_bytes().into(),
        }
    }

    pub(crate) fn from_tokens(tokens: impl Into<Box<[u8]>>) -> Self {
        Self {
            tokens: tokens.into(),
        }
    }

    /// Returns whether the pattern matches the whole of `text`. Letters of different case are different.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (tokens, text) = (&*self.tokens, text.as_bytes());
        // Up to the first wildcard both say the same or the text does not match: most pairs end here.
        let pairs = tokens.iter().zip(text);
        let same = pairs.take_while(|(token, byte)| token == byte).count();
        let rest = tokens.get(same..).unwrap_or_default();
        let text = text.get(same..).unwrap_or_default();
        match rest.first() {
            Some(&token) => is_wildcard(token) && matches(rest, text),
            None => text.is_empty(),
        }
    }

    /// Returns whether some text matches both patterns. The answer is exact.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.is_universal() || other.is_universal() {
            return true;
        }
        // Up to the first wildcard of either, both say the same or no text matches both: most pairs end here.
        let mut pairs = self.tokens.iter().zip(&other.tokens);
        let decided = pairs.find(|&(&one, &other)| one != other || is_wildcard(one));
        match decided {
            None if self.tokens.len() == other.tokens.len() => true,
            Some((&one, &other)) if !is_wildcard(one) && !is_wildcard(other) => false,
            Some(_) | None => relation::overlaps(&self.tokens, &other.tokens),
        }
    }

    /// Returns whether every text that matches `other` also matches this pattern. The answer is exact up to a limit on
    /// the work.
    #[must_use]
    pub fn contains(&self, other: &Self) -> Containment {
        relation::contains(&self.tokens, &other.tokens)
    }

    /// Returns whether the pattern holds no wildcard.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.tokens.iter().copied().any(is_wildcard)
    }

    /// Returns the text that the pattern matches, when that is the only one.
    #[must_use]
    pub fn literal_text(&self) -> Option<&str> {
        // Wildcards are bytes that no text has.
        std::str::from_utf8(&self.tokens).ok()
    }

    /// Returns the text in front of the first such byte; `None` when a wildcard or the end comes before it.
    pub(crate) fn literal_before(&self, end: u8) -> Option<&str> {
        let place = self
            .tokens
            .iter()
            .position(|&token| token == end || is_wildcard(token))?;
        let (before, rest) = self.tokens.split_at_checked(place)?;
        if rest.first() == Some(&end) {
            std::str::from_utf8(before).ok()
        } else {
            None
        }
    }

    /// Returns whether the pattern consists of `*` only, so that it matches every text.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|&token| token == STAR)
    }

    /// Returns the text before the first wildcard. Every match starts with it.
    #[must_use]
    pub fn literal_prefix(&self) -> &str {
        let end = self
            .tokens
            .iter()
            .position(|&token| is_wildcard(token))
            .unwrap_or(self.tokens.len());
        self.tokens
            .get(..end)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// Returns the text behind the last wildcard. Every match ends with it.
    #[must_use]
    pub fn literal_suffix(&self) -> &str {
        let last = self.tokens.iter().rposition(|&token| is_wildcard(token));
        let start = last.map_or(0, |last| last.saturating_add(1));
        self.tokens
            .get(start..)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for chunk in self.tokens.chunk_by(|&a, &b| !is_wildcard(a) && !is_wildcard(b)) {
            match std::str::from_utf8(chunk) {
                Ok(literal) => f.write_str(literal)?,
                Err(_) if matches!(chunk, [STAR | SEGMENT_STAR]) => f.write_str("*")?,
                Err(_) => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Glob({self})")
    }
}

/// Returns the tokens of `text`, with its wildcards as wildcards.
pub(crate) fn wild(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| match byte {
        b'*' => STAR,
        b'?' => ANY,
        other => other,
    })
}

pub(crate) const fn is_wildcard(token: u8) -> bool {
    token >= SEGMENT_ANY
}

/// Returns the number of bytes of the character that starts with `lead`
const fn width(lead: u8) -> usize {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

// The matcher keeps two pointers and a mark for each kind of star. The mark of the last `STAR` is enough: whatever text an
// earlier star could still give up, the later star can take. A `SEGMENT_STAR` is followed, in the patterns that are built
// here, by the rest of its field and a literal colon; the colon it can reach is therefore fixed, and once that is
// passed the star has no further choice. A `STAR` before it does have one, so its mark outlives the segment's.
pub(crate) fn matches(tokens: &[u8], text: &[u8]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut run: Option<(usize, usize)> = None;
    let mut segment: Option<(usize, usize)> = None;
    loop {
        let byte = text.get(at).copied();
        match (tokens.get(token).copied(), byte) {
            (None, None) => return true,
            (Some(STAR), _) => {
                token += 1;
                if token == tokens.len() {
                    return true;
                }
                (run, segment) = (Some((token, at)), None);
                continue;
            }
            (Some(SEGMENT_STAR), _) => {
                token += 1;
                segment = Some((token, at));
                continue;
            }
            (Some(ANY), Some(lead)) => {
                (token, at) = (token + 1, at + width(lead));
                continue;
            }
            (Some(SEGMENT_ANY), Some(lead)) if lead != b':' => {
                (token, at) = (token + 1, at + width(lead));
                continue;
            }
            (Some(literal), Some(byte)) if literal == byte => {
                (token, at) = (token + 1, at + 1);
                continue;
            }
            _ => {}
        }
        let extended =
            segment.and_then(|mark| extend(mark, text).filter(|_| text.get(mark.1) != Some(&b':')));
        if let Some(mark) = extended {
            segment = Some(mark);
            (token, at) = mark;
        } else if let Some(mark) = run.and_then(|mark| extend(mark, text)) {
            (run, segment) = (Some(mark), None);
            (token, at) = mark;
        } else {
            return false;
        }
    }
}

/// Returns the mark with its star one character longer; `None` when the text is used up.
fn extend((token, at): (usize, usize), text: &[u8]) -> Option<(usize, usize)> {
    text.get(at).map(|&lead| (token, at + width(lead)))
}
