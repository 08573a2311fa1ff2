//! Calls Lambda authorizers of the type REQUEST: it decides which authorizer is called, what the reply means, and how
//! long it is kept.
//!
//! Source: API Gateway developer guide, "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda
//! authorizer".

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::{Map, Value};

/// Says what API Gateway does before it starts the function of a method
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// The signature of AWS, which the local stack does not verify
    Iam,
    /// The route takes every request.
    Open,
    /// The authorizer of that name
    Lambda(String),
}

impl Authorization {
    /// Reads the authorizer that an event of the template names; the default is the signature of AWS.
    pub(crate) fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("AWS_IAM") => Self::Iam,
            Some("NONE") => Self::Open,
            Some(name) => Self::Lambda(name.to_owned()),
        }
    }
}

/// An authorizer of the API
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorizer {
    /// The function that decides, by its name or ARN
    pub(crate) function: String,
    /// Headers that identify a caller
    headers: Vec<String>,
    /// Says how long a reply is good for the same caller
    keep: Duration,
}

/// Says what a reply says about a method
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The caller may call it; what the function reads in `requestContext.authorizer`
    Allowed(Value),
    /// The policy of the reply does not allow it
    Denied,
}

/// The replies by authorizer and caller, each until it is over
#[derive(Debug, Default)]
pub(crate) struct AuthorizerReplies(Mutex<HashMap<Caller, (Instant, Bytes)>>);

/// Name of the authorizer, values of its headers
type Caller = (String, Vec<String>);

/// Says how long a reply is kept when the template does not say it
const DEFAULT_KEEP: u64 = 300;

impl Authorizer {
    /// Reads an authorizer as SAM declares it; `None` for other kinds of authorizers.
    pub(crate) fn read(declared: &Value) -> Option<Self> {
        if declared.get("FunctionPayloadType")?.as_str()? != "REQUEST" {
            return None;
        }
        let identity = declared.get("Identity")?;
        let headers = identity.get("Headers")?.as_array()?.iter();
        let seconds = identity.get("ReauthorizeEvery").and_then(Value::as_u64);
        Some(Self {
            function: declared.get("FunctionArn")?.as_str()?.to_owned(),
            headers: headers.filter_map(Value::as_str).map(str::to_lowercase).collect(),
            keep: Duration::from_secs(seconds.unwrap_or(DEFAULT_KEEP)),
        })
    }

    /// Returns the values that identify the caller; `None` when one is missing or empty, for which API Gateway answers
    /// 401 and does not ask the function.
    pub(crate) fn identity(&self, headers: &HeaderMap) -> Option<Vec<String>> {
        let value = |name: &String| {
            let value = headers.get(name)?.as_bytes();
            (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
        };
        self.headers.iter().map(value).collect()
    }
}

impl AuthorizerReplies {
    /// Returns the reply that is kept for a caller.
    pub(crate) fn find(&self, authorizer: &str, identity: &[String], now: Instant) -> Option<Bytes> {
        let replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let caller = (authorizer.to_owned(), identity.to_vec());
        let (until, reply) = replies.get(&caller)?;
        (now < *until).then(|| reply.clone())
    }

    /// Keeps a reply as long as its authorizer says, and forgets those that are over.
    pub(crate) fn keep(
        &self,
        name: &str,
        authorizer: &Authorizer,
        identity: Vec<String>,
        reply: &Bytes,
        now: Instant,
    ) {
        if authorizer.keep.is_zero() {
            return;
        }
        let mut replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        replies.retain(|_, (until, _)| now < *until);
        replies.insert(
            (name.to_owned(), identity),
            (now + authorizer.keep, reply.clone()),
        );
    }
}

/// Returns the event of an authorizer: that of the function without the body.
pub(crate) fn event(mut proxy: Value, method_arn: &str) -> Value {
    if let Some(members) = proxy.as_object_mut() {
        members.remove("body");
        members.remove("isBase64Encoded");
        members.insert("type".to_owned(), "REQUEST".into());
        members.insert("methodArn".to_owned(), method_arn.into());
    }
    proxy
}

/// Returns whether an error of the function is a refusal, for which API Gateway answers 401: exactly this message is.
pub(crate) fn is_refusal(error: &str) -> bool {
    let error: Value = serde_json::from_str(error).unwrap_or_default();
    error.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized")
}

/// Returns what the reply of the function says about a method; `None` for a reply that API Gateway does not
/// understand, for which it answers 500.
pub(crate) fn judge(reply: &[u8], method_arn: &str) -> Option<Verdict> {
    let reply: Value = serde_json::from_slice(reply).ok()?;
    let principal = reply.get("principalId")?.as_str()?;
    let statements = reply.pointer("/policyDocument/Statement")?.as_array()?;
    let applies = |statement: &&Value| {
        let resources = statement.get("Resource");
        let resources = resources.and_then(Value::as_array).map_or_else(
            || resources.into_iter().collect::<Vec<_>>(),
            |several| several.iter().collect(),
        );
        resources
            .into_iter()
            .filter_map(Value::as_str)
            .any(|pattern| matches(pattern.as_bytes(), method_arn.as_bytes()))
    };
    let effects = |wanted: &str| {
        statements
            .iter()
            .filter(applies)
            .any(|statement| statement.get("Effect").and_then(Value::as_str) == Some(wanted))
    };
    if effects("Deny") || !effects("Allow") {
        return Some(Verdict::Denied);
    }
    let mut members = Map::new();
    for (name, value) in reply
        .get("context")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        // Scalars reach the function as text; the service refuses anything else.
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        members.insert(name.clone(), text.into());
    }
    members.insert("principalId".to_owned(), principal.into());
    members.insert("integrationLatency".to_owned(), 0.into());
    Some(Verdict::Allowed(members.into()))
}

/// Returns whether a pattern with `*` and `?` covers all of a text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern_at, mut text_at) = (0, 0);
    // This is the place of the last star, and how far it has matched the text.
    let mut star = None;
    while text_at < text.len() {
        match pattern.get(pattern_at) {
            Some(b'*') => {
                star = Some((pattern_at, text_at));
                pattern_at += 1;
            }
            Some(wanted) if *wanted == b'?' || Some(wanted) == text.get(text_at) => {
                pattern_at += 1;
                text_at += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                (pattern_at, text_at) = (at + 1, taken + 1);
            }
        }
    }
    pattern.iter().skip(pattern_at).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests;
