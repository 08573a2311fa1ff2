//! Request bodies as JSON objects, strictly: one object, UTF-8, no member named twice.
//!
//! `serde_json::Value` alone keeps the last of two equal members, so that a proxy in front of the API and the
//! API itself could disagree about what was asked (RFC 8259, section 4, leaves the choice to the receiver).

use std::fmt;
use std::str::Utf8Error;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a body is not one JSON object.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MalformedJson {
    /// Not JSON at all, cut off, nested deeper than 128, or with a member named twice.
    #[error("the body is not well-formed JSON: {reason} at line {line}, column {column}")]
    Syntax {
        /// What is wrong, in the parser's words.
        reason: String,
        /// From 1.
        line: usize,
        /// In bytes, from 1.
        column: usize,
    },
    /// JSON, but an array or a scalar.
    #[error("the body must be a JSON object")]
    NotAnObject,
}

/// Reads a body that must be one JSON object.
///
/// # Errors
/// [`MalformedJson`] when it is anything else.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, MalformedJson> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| syntax(&error))?;
    match value {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(MalformedJson::NotAnObject)
        }
    }
}

/// Reads those members of a body, which must be one JSON object, that `T` has; the others are not looked at.
///
/// A member that `T` has must stand there once at most; what is said about others is up to nobody.
///
/// # Errors
/// [`MalformedJson`] when the body is anything else.
pub fn members<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, MalformedJson> {
    // Skipped strings are not decoded, so nobody else would notice.
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if !text.trim_start().starts_with('{') {
        // An array would pass for an object whose members come without names.
        return match IgnoredAny::deserialize(&mut deserializer).and_then(|_| deserializer.end()) {
            Ok(()) => Err(MalformedJson::NotAnObject),
            Err(error) => Err(syntax(&error)),
        };
    }
    T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| syntax(&error))
}

/// The text of a JSON string.
///
/// # Errors
/// [`MalformedJson`] when it is none, or holds half of a surrogate pair.
pub fn text(json: &str) -> Result<String, MalformedJson> {
    serde_json::from_str(json).map_err(|error| syntax(&error))
}

fn not_utf8(body: &[u8], error: Utf8Error) -> MalformedJson {
    let (mut line, mut column) = (1, 1);
    for byte in body.iter().take(error.valid_up_to()) {
        (line, column) = if *byte == b'\n' {
            (line + 1, 1)
        } else {
            (line, column + 1)
        };
    }
    MalformedJson::Syntax {
        reason: "not UTF-8".to_owned(),
        line,
        column,
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

/// Builds a `Value` and refuses duplicate members, which serde's own impl would let pass.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom("a member is named twice"));
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("")]
    #[case::cut_off(r#"{"a":1"#)]
    #[case::trailing_comma(r#"{"a":1,}"#)]
    #[case::trailing_text(r#"{"a":1} x"#)]
    #[case::twice(r#"{"a":1,"a":2}"#)]
    #[case::twice_within(r#"{"b":[{"a":1,"a":2}]}"#)]
    #[case::huge_number(r#"{"a":1e999}"#)]
    #[case::lone_surrogate(r#"{"a":"\ud800"}"#)]
    fn what_is_not_json_is_refused(#[case] body: &str) {
        assert!(matches!(
            object(body.as_bytes()),
            Err(MalformedJson::Syntax { .. })
        ));
    }

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
    #[case::empty("")]
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
    fn the_place_of_a_fault_is_named() {
        let error = object(b"{\n  \"a\": tru }").unwrap_err();
        assert!(
            matches!(error, MalformedJson::Syntax { line: 2, .. }),
            "{error:?}"
        );
    }

    #[test]
    fn nesting_deeper_than_128_is_refused_and_does_not_overflow() {
        let body = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(matches!(
            object(body.as_bytes()),
            Err(MalformedJson::Syntax { .. })
        ));
    }

    proptest! {
        #[test]
        fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _outcome = object(&body);
            let _outcome = members::<Known>(&body);
        }
    }
}
