//! Request bodies as JSON objects, read strictly: one object, UTF-8, no member named twice.

use ::json::{Fault, Object, Rules, Value};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Says why a body is not one JSON object.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MalformedJson {
    /// The text is not JSON, is cut off, is nested deeper than 128 levels, or names a member twice.
    #[error("the body is not well-formed JSON: {reason} at line {line}, column {column}")]
    Syntax {
        /// Says what is wrong, as a phrase without a period.
        reason: String,
        /// The line of the fault, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// Nothing but white space.
    #[error("the body is empty; send a JSON object")]
    Empty,
    /// Text that cannot be the beginning of JSON, such as the fields of a form.
    #[error("the body is not JSON; send a JSON object")]
    NotJson,
    /// JSON, but an array or a scalar.
    #[error("the body must be a JSON object")]
    NotAnObject,
}

/// Reads a body that must be one JSON object.
///
/// # Errors
/// [`MalformedJson`] when it is anything else.
pub fn object(body: &[u8]) -> Result<Object<'_>, MalformedJson> {
    has_begun(body)?;
    match ::json::read(body, Rules::REQUEST)? {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(MalformedJson::NotAnObject)
        }
    }
}

/// Reads those members of a body, which must be one JSON object, that `T` has; the other members are skipped.
///
/// A member that `T` has must be given once at most. Other members may be given twice: nothing depends on them.
///
/// # Errors
/// [`MalformedJson`] when the body is anything else.
pub fn members<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, MalformedJson> {
    // Skipped strings are not decoded, so that nothing else would notice the fault.
    let text = std::str::from_utf8(body)
        .map_err(|error| ::json::Error::new(Fault::NotUtf8, body, error.valid_up_to()))?;
    has_begun(body)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if !text.trim_start().starts_with('{') {
        // Serde would accept an array as an object whose members have no names.
        return match IgnoredAny::deserialize(&mut deserializer).and_then(|_| deserializer.end()) {
            Ok(()) => Err(MalformedJson::NotAnObject),
            Err(error) => Err(syntax(&error)),
        };
    }
    T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| syntax(&error))
}

/// Checks that a body begins as JSON does. Programs send forms, or nothing, more often than JSON that breaks off.
fn has_begun(body: &[u8]) -> Result<(), MalformedJson> {
    match body.trim_ascii_start().first() {
        None => Err(MalformedJson::Empty),
        Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => Ok(()),
        // A byte that is not ASCII may be a mark of the byte order, or no text at all: the reader names it.
        Some(byte) if !byte.is_ascii() => Ok(()),
        Some(_) => Err(MalformedJson::NotJson),
    }
}

/// Returns the text of a JSON string.
///
/// # Errors
/// [`MalformedJson`] when the text is not JSON, or holds half of a surrogate pair.
pub fn text(json: &str) -> Result<String, MalformedJson> {
    serde_json::from_str(json).map_err(|error| syntax(&error))
}

impl From<::json::Error> for MalformedJson {
    fn from(error: ::json::Error) -> Self {
        Self::Syntax {
            reason: error.fault.to_string(),
            line: error.line,
            column: error.column,
        }
    }
}

fn syntax(error: &serde_json::Error) -> MalformedJson {
    let text = error.to_string();
    let reason = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason);
    MalformedJson::Syntax {
        reason: reason.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("[]")]
    #[case("null")]
    #[case("1")]
    #[case(r#""text""#)]
    fn what_is_not_an_object_is_refused(#[case] body: &str) {
        assert_eq!(object(body.as_bytes()), Err(MalformedJson::NotAnObject));
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Known {
        a: Option<u8>,
    }

    #[rstest]
    #[case::cut_off(r#"{"a":1"#)]
    #[case::trailing_text(r#"{"a":1} x"#)]
    #[case::known_twice(r#"{"a":1,"a":1}"#)]
    #[case::known_twice_once_null(r#"{"a":null,"a":1}"#)]
    #[case::array_cut_off("[1")]
    #[case::byte_order_mark("\u{feff}{}")]
    fn members_are_read_of_well_formed_json_only(#[case] body: &str) {
        let found = members::<Known>(body.as_bytes());
        assert!(matches!(found, Err(MalformedJson::Syntax { .. })), "{found:?}");
    }

    #[rstest]
    #[case("", MalformedJson::Empty)]
    #[case(" \n", MalformedJson::Empty)]
    #[case("query=x&limit=1", MalformedJson::NotJson)]
    #[case("'a'", MalformedJson::NotJson)]
    fn a_body_that_does_not_begin_as_json_says_so(#[case] body: &str, #[case] expected: MalformedJson) {
        assert_eq!(object(body.as_bytes()).unwrap_err(), expected);
        assert_eq!(members::<Known>(body.as_bytes()).unwrap_err(), expected);
    }

    #[test]
    fn members_that_are_not_known_are_not_looked_at() {
        let body = r#" {"b":[{"c":1,"c":"\ud800"}],"a":1,"b":{}} "#;
        assert_eq!(members(body.as_bytes()), Ok(Known { a: Some(1) }));
        let deep = format!("{{\"b\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(members(deep.as_bytes()), Ok(Known { a: None }));
    }

    #[rstest]
    #[case("[1]")]
    #[case("null")]
    fn members_are_those_of_an_object(#[case] body: &str) {
        assert_eq!(members::<Known>(body.as_bytes()), Err(MalformedJson::NotAnObject));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_at_their_place() {
        let error = members::<Known>(b"{\n\"b\":\"\xff\"}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the body is not well-formed JSON: not UTF-8 at line 2, column 6"
        );
    }

    #[test]
    fn a_body_is_read_strictly() {
        let error = object(b"{\n  \"a\": 1, \"a\": 2 }").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the body is not well-formed JSON: the member `a` is named twice at line 2, column 11"
        );
    }

    proptest! {
        #[test]
        fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _outcome = object(&body);
            let _outcome = members::<Known>(&body);
        }
    }
}
