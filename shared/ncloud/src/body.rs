//! The request body, with what validation has to report: the order of members, and members given twice.

use json::{Duplicates, Fault, Object, Rules, Value};

/// Duplicate members are findings like any other, so they do not make a body malformed.
const RULES: Rules = Rules {
    duplicates: Duplicates::Kept,
    ..Rules::REQUEST
};

/// A request body: one JSON object, nothing known about its members yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    pub(crate) members: Object<'a>,
}

/// Says why a body cannot be validated at all: not UTF-8, not JSON (RFC 8259), nested deeper than 128 levels, a number
/// out of range, or not an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct MalformedBody(#[from] json::Error);

/// Reads a request body and borrows from it every string that holds no escape.
///
/// # Errors
/// [`MalformedBody`] when it is not one JSON object.
pub fn parse(body: &[u8]) -> Result<Body<'_>, MalformedBody> {
    let start = body.len() - body.trim_ascii_start().len();
    let no_object = || json::Error::new(Fault::Expected("a JSON object"), body, start);
    // Nothing, or the fields of a form: what a reader of JSON would have to say about them helps nobody.
    if body
        .get(start)
        .is_none_or(|first| first.is_ascii() && *first != b'{')
    {
        return Err(no_object().into());
    }
    match json::read(body, RULES)? {
        Value::Object(members) => Ok(Body { members }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(no_object().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::cut_off("{", "unexpected end of the text at line 1, column 2")]
    #[case::number_out_of_range(r#"{"a":1e999}"#, "number out of range at line 1, column 6")]
    #[case::unpaired_surrogate(r#"{"a":"\ud800"}"#, "invalid escape in a string at line 1, column 13")]
    #[case::array(" []", "expected a JSON object at line 1, column 2")]
    #[case::null("\n null", "expected a JSON object at line 2, column 2")]
    fn what_is_not_an_object_is_refused(#[case] body: &str, #[case] message: &str) {
        assert_eq!(parse(body.as_bytes()).unwrap_err().to_string(), message);
    }

    #[rstest]
    #[case(127, true)]
    #[case(128, false)]
    fn a_body_may_nest_128_levels(#[case] arrays: usize, #[case] good: bool) {
        let body = format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
        assert_eq!(parse(body.as_bytes()).is_ok(), good);
    }

    #[test]
    fn members_keep_their_order_and_their_doubles() {
        let body = parse(br#"{"b":1,"a":null,"b":"\u0041"}"#).unwrap();
        let names: Vec<_> = body.members.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert_eq!(body.members.iter().last().unwrap().1, Value::String("A".into()));
    }
}
