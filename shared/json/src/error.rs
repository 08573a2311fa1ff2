//! Says why a text was refused, and where.

/// A fault of a text and its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at line {line}, column {column}")]
pub struct Error {
    /// Says what is wrong.
    pub fault: Fault,
    /// Says where it is wrong: bytes from the start of the text; the length of the text when the text ends too early.
    pub at: usize,
    /// The line of that byte, from 1.
    pub line: usize,
    /// The byte within its line, from 1.
    pub column: usize,
}

/// Says what is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A byte sequence that is not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text ends before its value does.
    #[error("unexpected end of the text")]
    End,
    /// The grammar requires something else here; the text completes "expected".
    #[error("expected {0}")]
    Expected(&'static str),
    /// Text behind the value.
    #[error("trailing characters")]
    Trailing,
    /// A control character in a string; it must be escaped.
    #[error("control character in a string")]
    ControlCharacter,
    /// An escape that the grammar does not know, or half of a surrogate pair.
    #[error("invalid escape in a string")]
    Escape,
    /// A number beyond the range of double precision.
    #[error("number out of range")]
    NumberOutOfRange,
    /// A member that its object has named before.
    #[error("the member `{0}` is named twice")]
    DuplicateMember(String),
    /// An array or object below too many others.
    #[error("nesting deeper than {0} levels")]
    TooDeep(usize),
}

impl Error {
    /// Returns the fault at byte `at` of a text.
    #[must_use]
    pub fn new(fault: Fault, text: &[u8], at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let start_of_line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        Self {
            fault,
            at,
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: before.len() - start_of_line + 1,
        }
    }
}
