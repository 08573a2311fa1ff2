//! The request to simulate one request.

use json::Value;

use crate::account::AccountId;
use crate::checked_text::checked_text;
use crate::request::{Constraint, Object, Reader, Violations};

/// Most characters of an ARN.
const LONGEST_ARN: usize = 2_048;
/// Most condition keys of a request, and most values of a key.
const MOST: usize = 100;

/// A request to simulate
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatePermission {
    /// The user or role that makes it
    pub principal: PrincipalArn,
    /// The action, as `service:Name`
    pub action: ActionName,
    /// Holds the resource that the action is for
    pub resource: ResourceArn,
    /// Condition keys with their values, in the order of the text
    pub context: Vec<(String, Vec<String>)>,
    /// Says whether the request has no other condition keys
    pub is_context_complete: bool,
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $is_valid:expr, $rule:literal) => {
        checked_text!($(#[$doc])* #[derive(Debug)] $name, |text| {
            let is_valid: fn(&str) -> bool = $is_valid;
            if text.chars().count() <= LONGEST_ARN && is_valid(text) {
                Ok(())
            } else {
                Err(Constraint::new($rule))
            }
        });
    };
}

text!(
    /// ARN of a user or a role.
    PrincipalArn,
    |text| matches!(fields(text)[..], ["arn", _, "iam", "", account, rest]
        if account.parse::<AccountId>().is_ok() && (rest.starts_with("user/") || rest.starts_with("role/"))),
    "Member must be the ARN of a user or a role, arn:aws:iam::<account>:role/<path and name>"
);
text!(
    /// Name of an action.
    ActionName,
    |text| {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        text.split_once(':').is_some_and(|(service, name)| is_word(service) && is_word(name))
    },
    "Member must be one action without wildcards, for example s3:GetObject"
);
text!(
    /// A whole ARN, or `*` for an action without resources.
    ResourceArn,
    |text| text == "*" || (fields(text).len() == 6 && text.starts_with("arn:") && !text.contains(['*', '?'])),
    "Member must be one ARN without wildcards, or * for an action without resources"
);

fn fields(text: &str) -> Vec<&str> {
    text.splitn(6, ':').collect()
}

impl SimulatePermission {
    /// Reads a body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let principal = reader.required(root.member("principal"));
        let principal = reader.text(&principal);
        let action = reader.required(root.member("action"));
        let action = reader.text(&action);
        let resource = reader.required(root.member("resource"));
        let resource = reader.text(&resource);
        let context = context(&mut reader, &root);
        let complete = reader.boolean(&root.member("contextIsComplete"));
        let (Some(principal), Some(action), Some(resource)) = (principal, action, resource) else {
            return reader.finish(None);
        };
        reader.finish(Some(Self {
            principal,
            action,
            resource,
            context,
            is_context_complete: complete.unwrap_or(false),
        }))
    }
}

/// Reads the context: each key has a text or a list of texts.
fn context(reader: &mut Reader, root: &Object<'_>) -> Vec<(String, Vec<String>)> {
    let member = root.member("context");
    let Some(keys) = reader.object(&member) else {
        return Vec::new();
    };
    if keys.members().count() > MOST {
        reader.refuse(member.path(), Constraint::length(0, MOST));
        return Vec::new();
    }
    let mut context = Vec::new();
    for (key, value) in keys.members() {
        let values = match value.value() {
            Some(Value::String(text)) => vec![text.to_string()],
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_str)
                .map(ToOwned::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        let is_whole = match value.value().and_then(Value::as_array) {
            Some(items) => items.len() == values.len() && items.len() <= MOST,
            None => true,
        };
        if values.is_empty() || !is_whole {
            let rule = format!("Member must be a text or a list of 1 to {MOST} texts");
            reader.refuse(value.path(), Constraint::new(rule));
        }
        context.push((key.to_owned(), values));
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &serde_json::Value) -> Result<SimulatePermission, Violations> {
        let text = body.to_string();
        SimulatePermission::from_request(&crate::json::object(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_request_has_a_principal_an_action_and_a_resource() {
        let request = read(&json!({
            "principal": "arn:aws:iam::111122223333:role/team/app", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::a/x:1", "context": {"aws:SourceIp": "203.0.113.1", "aws:TagKeys": ["a", "b"]},
        }))
        .unwrap();
        assert_eq!(
            request.context[0],
            ("aws:SourceIp".to_owned(), vec!["203.0.113.1".to_owned()])
        );
        assert_eq!(request.context[1].1, ["a", "b"]);
        assert!(!request.is_context_complete);
    }

    #[test]
    fn every_fault_is_named() {
        let error = read(&json!({
            "principal": "arn:aws:sts::111122223333:assumed-role/app/s", "action": "s3:*", "resource": "arn:aws:s3:::a/*",
            "context": {"aws:SourceIp": 5}, "contextIsComplete": "yes",
        }))
        .unwrap_err();
        let paths: Vec<&str> = error.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "principal",
                "action",
                "resource",
                "context.aws:SourceIp",
                "contextIsComplete"
            ]
        );
        assert_eq!(read(&json!({})).unwrap_err().iter().count(), 3);
    }
}
