//! The request body as a tree that keeps what validation has to report: the order of members and members given
//! twice. `serde_json::Value` loses both.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Deepest nesting of arrays and objects a body may have, the body itself counting as one.
const MAX_DEPTH: u8 = 128;

/// A request body: one JSON object, nothing known about its members yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    pub(crate) members: Vec<Member<'a>>,
}

/// A member of an object, in order of appearance.
pub(crate) type Member<'a> = (Cow<'a, str>, Value<'a>);

/// A JSON value. Numbers and booleans have no content here: no member of a policy may hold one, so that only
/// their type is ever reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Boolean,
    Number,
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Vec<Member<'a>>),
}

/// Why a body cannot be validated at all: not UTF-8, not JSON (RFC 8259), nested deeper than 128, a number out
/// of range, an unpaired surrogate, or not an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at line {line}, column {column}")]
pub struct MalformedBody {
    /// From 1.
    pub line: usize,
    /// In bytes, from 1; 0 at the very start of a line, before its first byte.
    pub column: usize,
    /// What is wrong, as a phrase without a period.
    pub reason: String,
}

/// Reads a request body, borrowing from it every string that holds no escape.
///
/// # Errors
/// [`MalformedBody`] when it is not one JSON object.
pub fn parse(body: &[u8]) -> Result<Body<'_>, MalformedBody> {
    // One vectorised pass here is cheaper than the check of every string by the parser.
    let text = std::str::from_utf8(body)
        .map_err(|error| located(body, error.valid_up_to(), "the body is not UTF-8"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit(); // Tree counts instead
    let value = Tree {
        levels_left: MAX_DEPTH,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value))
    .map_err(|error| syntax(&error))?;
    match value {
        Value::Object(members) => Ok(Body { members }),
        Value::Null | Value::Boolean | Value::Number | Value::String(_) | Value::Array(_) => {
            let start = text.len() - text.trim_start().len();
            Err(located(body, start, "the body is not a JSON object"))
        }
    }
}

/// Line and column of the byte at `offset`, from 1.
fn located(body: &[u8], offset: usize, reason: &str) -> MalformedBody {
    let before = body.get(..offset).unwrap_or(body);
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    MalformedBody {
        line,
        column,
        reason: reason.to_owned(),
    }
}

fn syntax(error: &serde_json::Error) -> MalformedBody {
    let text = error.to_string();
    let reason = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason);
    MalformedBody {
        line: error.line(),
        column: error.column(),
        reason: reason.to_owned(),
    }
}

/// Builds a [`Value`] and counts the depth.
#[derive(Clone, Copy)]
struct Tree {
    levels_left: u8,
}

impl Tree {
    fn below<E: de::Error>(self) -> Result<Self, E> {
        let levels_left = self
            .levels_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("nesting deeper than 128 levels"))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value<'de>, A::Error> {
        let below = self.below()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(below)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value<'de>, A::Error> {
        let below = self.below()?;
        let mut object = Vec::new();
        while let Some(name) = members.next_key_seed(Name)? {
            object.push((name, members.next_value_seed(below)?));
        }
        Ok(Value::Object(object))
    }
}

/// Reads a member's name without a copy where that is possible.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::empty("", 1, 0)]
    #[case::cut_off("{", 1, 1)]
    #[case::trailing_text("{} x", 1, 4)]
    #[case::trailing_comma("{\"a\":1,}", 1, 8)]
    #[case::array(" []", 1, 2)]
    #[case::null("\n null", 2, 2)]
    #[case::number("1", 1, 1)]
    #[case::literal("{\n  \"a\": tru }", 2, 11)]
    #[case::number_out_of_range(r#"{"a":1e999}"#, 1, 10)]
    #[case::unpaired_surrogate(r#"{"a":"\ud800"}"#, 1, 13)]
    #[case::byte_order_mark("\u{feff}{}", 1, 1)]
    fn what_is_not_an_object_is_refused_at_its_place(
        #[case] body: &str,
        #[case] line: usize,
        #[case] column: usize,
    ) {
        let error = parse(body.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{error}");
    }

    #[test]
    fn what_is_not_utf8_is_refused_at_its_place() {
        let error = parse(b"{\n\"a\":\"\xff\"}").unwrap_err();
        assert_eq!(error.to_string(), "the body is not UTF-8 at line 2, column 6");
    }

    #[rstest]
    #[case(127, true)]
    #[case(128, false)]
    #[case(100_000, false)]
    fn a_body_may_nest_128_levels(#[case] arrays: usize, #[case] good: bool) {
        let body = format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
        assert_eq!(parse(body.as_bytes()).is_ok(), good);
    }

    #[test]
    fn members_keep_their_order_and_their_doubles() {
        let body = parse(br#"{"b":1,"a":null,"b":"\u0041"}"#).unwrap();
        let names: Vec<_> = body.members.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert_eq!(body.members[2].1, Value::String("A".into()));
    }

    proptest! {
        #[test]
        fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _outcome = parse(&body);
        }
    }
}
