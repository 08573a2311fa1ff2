//! Decides conditions on the request under which a call needs an action.
//!
//! An operation may be checked against many actions; only those enter a policy for which the record shows that they
//! were checked. The head of `data/operations.tsv` says how a condition is written.

use iam::glob::Glob;
use serde_json::Value;

use super::parameters;

/// Returns whether the request fulfils the condition, `..statement=SELECT*`.
pub(super) fn holds(condition: &str, request: &Value) -> bool {
    let (wanted, condition) = match condition.strip_prefix('!') {
        Some(rest) => (false, rest),
        None => (true, condition),
    };
    if condition == "tags" {
        return wanted == parameters::has(request, parameters::is_tags);
    }
    let (is_deep, condition) = match condition.strip_prefix("..") {
        Some(rest) => (true, rest),
        None => (false, condition),
    };
    let (name, test) = match (condition.split_once("!="), condition.split_once('=')) {
        (Some((name, pattern)), _) => (name, Test::is(pattern, false)),
        (None, Some((name, pattern))) => (name, Test::is(pattern, true)),
        (None, None) => (condition, Test::Held),
    };
    let is_named = |member: &str| match name.strip_suffix('*') {
        Some(start) => member
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => member.eq_ignore_ascii_case(name),
    };
    let found = if is_deep {
        any_inside(request, is_named, &test)
    } else {
        parameters::members(request).any(|(member, value)| is_named(member) && test.holds(value))
    };
    wanted == found
}

/// Says what a condition demands of the value of a member.
enum Test {
    /// The value is not empty.
    Held,
    /// The value is a text that matches, or that does not.
    Text { pattern: Glob, matches: bool },
}

impl Test {
    fn is(pattern: &str, matches: bool) -> Self {
        let pattern = Glob::parse(&pattern.replace('_', " ").to_ascii_lowercase());
        Self::Text { pattern, matches }
    }

    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Held => parameters::is_held(value),
            Self::Text { pattern, matches } => value.as_str().is_some_and(|text| {
                let text = text.trim_start().replace('_', " ").to_ascii_lowercase();
                pattern.matches(&text) == *matches
            }),
        }
    }
}

/// Returns whether any object in `value` has such a member.
fn any_inside(value: &Value, is_named: impl Fn(&str) -> bool + Copy, test: &Test) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| any_inside(element, is_named, test)),
        Value::Object(members) => members.iter().any(|(member, value)| {
            is_named(member) && test.holds(value) || any_inside(value, is_named, test)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::at_the_top("layers", json!({"layers": ["a"]}), true)]
    #[case::in_any_case("Layers", json!({"layers": ["a"]}), true)]
    #[case::empty("layers", json!({"layers": []}), false)]
    #[case::a_switch_that_is_off("unmask", json!({"unmask": false}), false)]
    #[case::in_the_one_wrapper("layers", json!({"Request": {"layers": ["a"]}}), true)]
    #[case::deeper("layers", json!({"a": {"layers": ["a"]}, "b": 1}), false)]
    #[case::at_any_depth("..layers", json!({"a": [{"layers": ["a"]}], "b": 1}), true)]
    #[case::absent("!versionId", json!({}), true)]
    #[case::not_absent("!versionId", json!({"versionId": "1"}), false)]
    #[case::no_request("!versionId", Value::Null, true)]
    #[case::begins("x-amz-grant-*", json!({"x-amz-grant-read": "id=1"}), true)]
    #[case::begins_otherwise("x-amz-grant-*", json!({"x-amz-acl": "private"}), false)]
    #[case::matches("..statement=SELECT*", json!({"statements": [{"statement": " select 1"}]}), true)]
    #[case::matches_not("..statement=SELECT*", json!({"statements": [{"statement": "update t"}]}), false)]
    #[case::another("x-amz-acl!=private", json!({"x-amz-acl": "public-read"}), true)]
    #[case::not_another("x-amz-acl!=private", json!({"x-amz-acl": "private"}), false)]
    #[case::none_to_be_another("x-amz-acl!=private", json!({}), false)]
    #[case::none_matches("!source=*versionId=?*", json!({"source": "/b/k?versionId="}), true)]
    #[case::one_matches("!source=*versionId=?*", json!({"source": "/b/k?versionId=1"}), false)]
    #[case::tags("tags", json!({"tagSet": {"items": [{}]}}), true)]
    #[case::no_tags("tags", json!({"tags": {}}), false)]
    fn a_condition_holds_by_the_request(
        #[case] condition: &str,
        #[case] request: Value,
        #[case] expected: bool,
    ) {
        assert_eq!(holds(condition, &request), expected);
    }
}
