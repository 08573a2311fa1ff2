//! A strict reader of JSON texts (RFC 8259); pure.
//!
//! ```
//! use json::{Rules, Value, read};
//!
//! let value = read(br#"{"a":1.50}"#, Rules::REQUEST)?;
//! let Value::Object(object) = value else { panic!() };
//! assert_eq!(object.get("a"), Some(&Value::Number("1.50")));
//! # Ok::<(), json::Error>(())
//! ```
//!
//! `serde_json::Value` alone does not keep what this project has to report or to preserve: it keeps the last of two
//! equal members, loses the order of members, rounds numbers and does not know where a value was found. A proxy in
//! front of the API and the API itself could then disagree about what was requested.

mod error;
mod reader;
mod value;

pub use error::{Error, Fault};
pub use value::{Object, Value};

/// Holds what a text must obey beyond RFC 8259.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Most levels of arrays and objects; the outermost array or object is level 1.
    pub max_depth: usize,
    /// Says whether an object may name a member twice.
    pub duplicates: Duplicates,
    /// Says which numbers are accepted.
    pub numbers: Numbers,
}

/// Says what happens to an object that names a member twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The text is refused.
    Refused,
    /// Both members are kept, in their order.
    Kept,
}

/// Says which numbers are accepted; numbers are never rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Every number of the grammar.
    All,
    /// Every number that a double-precision number can approximate, so that `1e999` is refused.
    Finite,
}

impl Rules {
    /// The rules for the body of a request.
    pub const REQUEST: Self = Self {
        max_depth: 128,
        duplicates: Duplicates::Refused,
        numbers: Numbers::Finite,
    };
}

/// Reads a text that holds exactly one value, and borrows from it every string without an escape.
///
/// The time is linear in the length of the text, but for the check of duplicate members: an object of `n` members is
/// sorted, which takes `n log n` comparisons.
///
/// # Errors
/// [`Error`] with the first fault and its position.
pub fn read(text: &[u8], rules: Rules) -> Result<Value<'_>, Error> {
    let text =
        std::str::from_utf8(text).map_err(|error| Error::new(Fault::NotUtf8, text, error.valid_up_to()))?;
    reader::read(text, rules)
}
