//! Finds the texts of a call's parameters by name, at any depth.
//!
//! CloudTrail writes the names of members with a small first letter, and reshapes some services' lists and
//! wrappers: `instancesSet.items[].instanceId`, `DeleteFlowLogsRequest.FlowLogId.content`. The path of a member
//! thus says little; the name of the member and its distance from the top say what the member is.

use std::borrow::Cow;

use serde_json::Value;

/// Most texts that are looked at: requests with more are long lists of the same thing.
const TEXTS: usize = 400;

/// Deepest member that is looked at.
const DEPTH: u8 = 8;

/// Longest text that can be, or name, a resource, in bytes.
const LENGTH: usize = 2048;

/// A text of the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'v> {
    /// Name of the member; of the list, when it is an element of a list of texts.
    pub(super) name: &'v str,
    /// Members on the way to it.
    pub(super) depth: u8,
    /// The value, which is never empty.
    pub(super) value: &'v str,
}

/// Returns the `requestParameters` of a record. In rare cases they are a string that holds JSON.
pub(super) fn object(parameters: &Value) -> Cow<'_, Value> {
    parameters
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .map_or(Cow::Borrowed(parameters), Cow::Owned)
}

/// Returns the texts of `value`, the nearest to the top first.
///
/// Policies, tags and filters are left out: they name resources that the call does not touch.
pub(super) fn texts(value: &Value) -> Vec<Text<'_>> {
    let mut texts = Vec::new();
    collect(value, "", 0, &mut texts);
    texts.sort_by_key(|text| text.depth);
    texts
}

fn collect<'v>(value: &'v Value, name: &'v str, depth: u8, texts: &mut Vec<Text<'v>>) {
    if depth > DEPTH || texts.len() >= TEXTS {
        return;
    }
    match value {
        Value::String(text) if is_value(text) => texts.push(Text {
            name,
            depth,
            value: text,
        }),
        Value::Array(elements) => {
            for element in elements {
                collect(element, name, depth, texts);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                // These members only write the lists and attributes of XML requests, and are not names.
                // A profile is given by name or by ARN.
                let of_profile = name.eq_ignore_ascii_case("iamInstanceProfile");
                if of_profile || matches!(member.as_str(), "items" | "content" | "member") {
                    collect(value, name, depth, texts);
                } else if !is_about_others(member) {
                    collect(value, member, depth + 1, texts);
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_value(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LENGTH
        && text != "HIDDEN_DUE_TO_SECURITY_REASONS"
        && !text.starts_with("***")
}

fn is_about_others(member: &str) -> bool {
    const NAMES: [&str; 6] = [
        "filters",
        "filterSet",
        "filter",
        "Host",
        "userAgent",
        "parameterFilters",
    ];
    let ends_with = |end: &str| {
        member
            .len()
            .checked_sub(end.len())
            .and_then(|at| member.get(at..))
            .is_some_and(|found| found.eq_ignore_ascii_case(end))
    };
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(member))
        // In AWS Data Exchange such a member holds the whole request of one kind of job.
        || ends_with("policy") && !ends_with("TagPolicy")
        || ends_with("policyDocument")
        || is_tags(member)
}

/// Returns whether the member holds the tags to set.
pub(super) fn is_tags(member: &str) -> bool {
    const NAMES: [&str; 9] = [
        "tags",
        "tagSet",
        "tagList",
        "tagsList",
        "tagSpecificationSet",
        "tagSpecification",
        "tagSpecifications",
        "tagging",
        "x-amz-tagging",
    ];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(member))
}

/// Returns the types of resources that the tags of an EC2 request are for, each once.
pub(super) fn tag_types(request: &Value) -> Vec<String> {
    let mut types = Vec::new();
    for (_, tags) in members(request).filter(|(name, _)| is_tags(name)) {
        let mut found = Vec::new();
        collect(tags, "", 0, &mut found);
        let of_type = found.iter().filter(|text| is_named(text, "resourceType"));
        types.extend(of_type.map(|text| text.value.to_owned()));
    }
    types.sort_unstable();
    types.dedup();
    types
}

/// Returns whether the text belongs to the member of that name in any case of letters, or of its plural.
pub(super) fn is_named(text: &Text<'_>, name: &str) -> bool {
    let found = text.name;
    found.eq_ignore_ascii_case(name)
        || found.len() == name.len() + 1
            && found.ends_with('s')
            && found
                .get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// Returns the values of the member of that name in any case of letters, or of its plural; only those nearest to the
/// top.
pub(super) fn named<'t, 'v>(
    texts: &'t [Text<'v>],
    name: &'t str,
) -> impl Iterator<Item = &'v str> + use<'t, 'v> {
    let is_named = move |text: &&Text<'_>| is_named(text, name);
    let nearest = texts.iter().find(is_named).map(|text| text.depth);
    texts
        .iter()
        .filter(is_named)
        .filter(move |text| Some(text.depth) == nearest)
        .map(|text| text.value)
}

/// Returns the members of the parameters, and those of the one request that wraps them.
pub(super) fn members(parameters: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = parameters.as_object();
    let wrapped = members
        .filter(|members| members.len() == 1)
        .and_then(|members| members.values().next()?.as_object());
    members
        .into_iter()
        .chain(wrapped)
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

/// Returns whether the value of a member says something: null, false and empty values do not.
pub(super) fn is_held(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(held) => *held,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Returns whether the parameters have such a member whose value says something.
pub(super) fn has(parameters: &Value, is_wanted: impl Fn(&str) -> bool) -> bool {
    members(parameters).any(|(name, value)| is_wanted(name) && is_held(value))
}
