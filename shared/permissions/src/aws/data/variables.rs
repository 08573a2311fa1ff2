//! Policy variables in patterns of resources.

use iam::context::{ConditionKeys, Lookup};

/// A pattern with the variables filled in that are known
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Expanded {
    /// Names exactly what the pattern names
    Exact(Box<str>),
    /// The pattern names more than the policy does: a variable is not known
    Wider(Box<str>),
    /// The pattern names nothing: a variable has neither value nor default
    Nothing,
}

/// Fills in the policy variables of a pattern.
///
/// Source: IAM user guide, "IAM policy elements: Variables and tags".
pub(crate) fn expand(text: &str, keys: &dyn ConditionKeys) -> Expanded {
    let mut expanded = String::with_capacity(text.len());
    let mut exact = true;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            // An open brace is plain text.
            expanded.push_str("${");
            rest = after;
            continue;
        };
        rest = after;
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (inside.trim(), None),
        };
        let value = match keys.lookup(&key.to_lowercase()) {
            Lookup::Present([value]) => Some(value.as_str()),
            Lookup::Absent => match default {
                Some(default) => Some(default),
                None if matches!(key, "*" | "?" | "$") => None,
                None => return Expanded::Nothing,
            },
            Lookup::Present(_) | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown => None,
        };
        match value {
            // A wildcard in a value is literal, and a pattern cannot express this.
            Some(value) if !value.contains(['*', '?']) => expanded.push_str(value),
            Some(_) | None => {
                expanded.push('*');
                exact = false;
            }
        }
    }
    expanded.push_str(rest);
    if exact {
        Expanded::Exact(expanded.into())
    } else {
        Expanded::Wider(expanded.into())
    }
}
