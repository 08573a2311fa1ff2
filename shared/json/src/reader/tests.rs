use std::borrow::Cow;

use proptest::prelude::*;
use rstest::rstest;

use crate::{Duplicates, Error, Fault, Numbers, Rules, Value};

const LENIENT: Rules = Rules {
    max_depth: 3,
    duplicates: Duplicates::Kept,
    numbers: Numbers::All,
};

fn read(text: &str) -> Result<Value<'_>, Error> {
    crate::read(text.as_bytes(), Rules::REQUEST)
}

#[rstest]
#[case::empty("", Fault::End, 0)]
#[case::blank(" \n", Fault::End, 2)]
#[case::cut_off("{", Fault::End, 1)]
#[case::cut_off_in_a_string(r#"{"a"#, Fault::End, 3)]
#[case::cut_off_in_an_escape(r#"["\"#, Fault::End, 3)]
#[case::cut_off_before_a_value(r#"{"a":"#, Fault::End, 5)]
#[case::trailing_text("{} x", Fault::Trailing, 3)]
#[case::two_values("1 2", Fault::Trailing, 2)]
#[case::leading_zero("[01]", Fault::Expected("`,` or `]`"), 2)]
#[case::trailing_comma(r#"{"a":1,}"#, Fault::Expected("a member name in quotes"), 7)]
#[case::trailing_comma_of_an_array("[1,]", Fault::Expected("value"), 3)]
#[case::name_without_quotes("{a:1}", Fault::Expected("a member name in quotes"), 1)]
#[case::no_colon(r#"{"a" 1}"#, Fault::Expected("`:`"), 5)]
#[case::no_comma(r#"{"a":1 "b":2}"#, Fault::Expected("`,` or `}`"), 7)]
#[case::misspelt_literal("[tru]", Fault::Expected("value"), 1)]
#[case::no_digit("[-]", Fault::Expected("a digit"), 2)]
#[case::no_fraction("[1.]", Fault::Expected("a digit"), 3)]
#[case::no_exponent("[1e+]", Fault::Expected("a digit"), 4)]
#[case::number_out_of_range("[1e999]", Fault::NumberOutOfRange, 1)]
#[case::unknown_escape(r#"["a\q"]"#, Fault::Escape, 4)]
#[case::lone_surrogate(r#"["\ud800"]"#, Fault::Escape, 8)]
#[case::control_character("[\"a\u{1}\"]", Fault::ControlCharacter, 3)]
#[case::byte_order_mark("\u{feff}{}", Fault::Expected("value"), 0)]
#[case::duplicate(r#"{"a":1,"b":{"c":1,"d":1,"c":2}}"#, Fault::DuplicateMember("c".to_owned()), 24)]
#[case::duplicate_by_an_escape(r#"{"a":1,"\u0061":2}"#, Fault::DuplicateMember("a".to_owned()), 7)]
#[case::first_of_two_duplicates(r#"{"b":1,"a":1,"a":2,"b":2}"#, Fault::DuplicateMember("a".to_owned()), 13)]
fn a_fault_is_named_at_its_byte(#[case] text: &str, #[case] fault: Fault, #[case] at: usize) {
    let error = read(text).unwrap_err();
    assert_eq!((error.fault, error.at), (fault, at));
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_at_their_line_and_column() {
    let error = crate::read(b"{\n\"b\":\"\xff\"}", Rules::REQUEST).unwrap_err();
    assert_eq!(error.to_string(), "not UTF-8 at line 2, column 6");
}

#[test]
fn a_fault_at_the_start_of_a_line_is_in_its_first_column() {
    assert_eq!(
        read("[\n1,\nx]").unwrap_err().to_string(),
        "expected value at line 3, column 1"
    );
}

#[test]
fn members_keep_their_order_and_numbers_their_text() {
    let value = read(r#" {"b":[1.50,-0,1E2],"a":null,"":{"x":true}} "#).unwrap();
    let object = value.as_object().unwrap();
    let names: Vec<_> = object.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, ["b", "a", ""]);
    let numbers = ["1.50", "-0", "1E2"].map(Value::Number);
    assert_eq!(object.get("b"), Some(&Value::Array(numbers.to_vec())));
    assert!(object.get("a").unwrap().is_null() && object.get("c").is_none());
}

#[test]
fn strings_are_borrowed_unless_they_hold_an_escape() {
    let value = read(r#"["가 /","\"\\\/\b\n\ud55c\uD83D\uDE00"]"#).unwrap();
    assert_eq!(
        value,
        Value::Array(vec![
            Value::String(Cow::Borrowed("가 /")),
            Value::String(Cow::Owned("\"\\/\u{8}\n한😀".to_owned())),
        ])
    );
    assert!(matches!(
        value.as_array(),
        Some([Value::String(Cow::Borrowed(_)), Value::String(Cow::Owned(_))])
    ));
}

#[test]
fn rules_decide_over_duplicates_depth_and_numbers() {
    let text = br#"{"a":1e999,"a":[[]]}"#;
    let value = crate::read(text, LENIENT).unwrap();
    let object = value.as_object().unwrap();
    assert_eq!(
        (object.len(), object.get("a")),
        (2, Some(&Value::Number("1e999")))
    );
    let error = crate::read(b"[[[[]]]]", LENIENT).unwrap_err();
    assert_eq!((error.fault, error.at), (Fault::TooDeep(3), 3));
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(128)).is_ok());
    assert_eq!(read(&nested(129)).unwrap_err().fault, Fault::TooDeep(128));
    assert!(read(&nested(1_000_000)).is_err());
}

/// Returns the same value in the types of the library that is usual for it.
fn usual(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(text) => serde_json::Value::Number(text.parse().unwrap()),
        Value::String(text) => text.as_ref().into(),
        Value::Array(elements) => elements.iter().map(usual).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone().into_owned(), usual(value)))
            .collect(),
    }
}

proptest! {
    /// Texts of the characters that the grammar gives a meaning are right or wrong for both readers.
    #[test]
    fn texts_are_accepted_as_serde_json_accepts_them(
        text in r#"([\[\]{}:,\s]|"[ab\\u0n]{0,3}"|-?[0-9]{1,3}|[0-9.eE+-]{1,5}|true|null){0,12}"#
    ) {
        let ours = crate::read(text.as_bytes(), Rules { duplicates: Duplicates::Kept, ..Rules::REQUEST });
        let usual_value: Result<serde_json::Value, _> = serde_json::from_str(&text);
        prop_assert_eq!(ours.is_ok(), usual_value.is_ok(), "{:?} {:?}", ours, usual_value);
        if let (Ok(ours), Ok(usual_value)) = (ours, usual_value) {
            prop_assert_eq!(usual(&ours), usual_value);
        }
    }

    #[test]
    fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _outcome = crate::read(&body, Rules::REQUEST);
        let _outcome = crate::read(&body, LENIENT);
    }
}
