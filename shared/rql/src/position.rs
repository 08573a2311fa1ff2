//! Places in a query text.

use serde::Serialize;

/// A run of bytes of the query text: `start..start + length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte, from 0.
    pub start: usize,
    /// The length in bytes; 0 at the end of the query.
    pub length: usize,
}

impl Span {
    /// Returns the byte after the last one.
    pub(crate) fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }

    /// Returns the run from the start of `self` to the end of `last`.
    pub(crate) fn to(self, last: Self) -> Self {
        Self {
            start: self.start,
            length: last.end().saturating_sub(self.start),
        }
    }
}

/// A place as a reader counts it: in characters (Unicode scalar values), not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Characters from the start of the query, from 0.
    pub offset: u32,
    /// Lines end with a line feed; from 1.
    pub line: u32,
    /// Characters from the start of the line, from 1.
    pub column: u32,
    /// The length in characters; 0 at the end of the query.
    pub length: u32,
}

/// Turns spans into positions in one pass over the text, as long as they come in the order of their starts.
///
/// Counting anew for every span would make a query with thousands of remarks quadratic.
#[derive(Debug)]
pub(crate) struct Locator<'q> {
    text: &'q str,
    byte: usize,
    at: Position,
}

impl<'q> Locator<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        Self {
            text,
            byte: 0,
            at: Position {
                offset: 0,
                line: 1,
                column: 1,
                length: 0,
            },
        }
    }

    /// Returns the position of `span`, whose start does not lie before that of the span asked for last.
    pub(crate) fn locate(&mut self, span: Span) -> Position {
        for character in self.text.get(self.byte..span.start).unwrap_or_default().chars() {
            self.at.offset = self.at.offset.saturating_add(1);
            if character == '\n' {
                self.at.line = self.at.line.saturating_add(1);
                self.at.column = 1;
            } else {
                self.at.column = self.at.column.saturating_add(1);
            }
        }
        self.byte = self.byte.max(span.start);
        let length = self.text.get(span.start..span.end()).map_or(0, characters);
        Position { length, ..self.at }
    }
}

/// Counts the characters of `text`. A query has far fewer than 2³² characters.
pub(crate) fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let text = "où\nça va";
        let position = Locator::new(text).locate(Span { start: 4, length: 3 });
        assert_eq!(
            position,
            Position {
                offset: 3,
                line: 2,
                column: 1,
                length: 2
            }
        );
    }

    #[test]
    fn the_end_of_the_text_has_no_length() {
        let position = Locator::new("ab").locate(Span { start: 2, length: 0 });
        assert_eq!(
            position,
            Position {
                offset: 2,
                line: 1,
                column: 3,
                length: 0
            }
        );
    }
}
