//! Reads requests as a REST API passes them on.
//!
//! Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration" and "Input to an API
//! Gateway Lambda authorizer".

mod sent_uri;

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use model::account::AccountId;
use model::request::{Constraint, Violations};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use uuid::{NoContext, Uuid};

/// Account of callers that have none on a machine of a developer
const LOCAL_ACCOUNT: &str = "111122223333";

/// One request of one caller.
pub struct Request {
    event: Value,
    body: Vec<u8>,
    received_at: Timestamp,
    identity: Identity,
}

/// Says where the caller's account comes from
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The identity comes from API Gateway, which has verified the signature
    Verified,
    /// The identity comes from API Gateway, otherwise from what the client claims
    Claimed,
}

/// The request names no AWS account that API Gateway has verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request has no verified AWS identity")]
pub struct Unidentified;

/// Holds what is wrong with a parameter of the path or of the query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter `{name}` {problem}")]
pub struct ParameterError {
    /// The name of the parameter.
    pub name: String,
    /// Says what is wrong with it.
    pub problem: Parameter,
}

/// Faults of a parameter, before anybody looks at its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// The value is absent or empty.
    Missing,
    /// The value is not percent-encoded UTF-8 (RFC 3986, section 2.1).
    Malformed,
    /// There more than once, though it has one value.
    Repeated,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Malformed => "is not percent-encoded UTF-8",
            Self::Repeated => "is given more than once",
        })
    }
}

impl From<ParameterError> for Violations {
    fn from(error: ParameterError) -> Self {
        let rule = match error.problem {
            Parameter::Missing => "Member must not be null",
            Parameter::Malformed => "Member must be percent-encoded UTF-8",
            Parameter::Repeated => "Member must be given once",
        };
        Self::one(error.name, Constraint::new(rule))
    }
}

impl Request {
    /// Returns the request of an event. What the event lacks, or has as null, the request lacks.
    #[must_use]
    pub fn from_event(mut event: Value, received_at: Timestamp) -> Self {
        let body = take_body(&mut event);
        Self {
            event,
            body,
            received_at,
            identity: Identity::Verified,
        }
    }

    /// Returns the request as the local stack sees it, where nobody has verified a signature: see [`Request::tenant`].
    #[must_use]
    pub fn on_local_stack(self) -> Self {
        self.identified_by(Identity::Claimed)
    }

    pub(crate) fn identified_by(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Returns the HTTP method, in capitals; empty when the event has none.
    #[must_use]
    pub fn method(&self) -> &str {
        self.text("/httpMethod").unwrap_or_default()
    }

    /// Returns the path as it was sent, percent-encoded, without the stage; empty when the event has none.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        self.text("/path").unwrap_or_default()
    }

    /// Returns the path of the route as the template has it, without the stage; empty when the event has none.
    #[must_use]
    pub fn route(&self) -> &str {
        self.text("/resource").unwrap_or_default()
    }

    /// Returns the caller's account, whose data the request is about.
    ///
    /// It is the account of the identity that API Gateway has verified: by the authorizer of the method if the method
    /// has one, else by the signature of the request. On the local stack, where a request without an authorizer may
    /// have no identity, it is the access key id that the request is signed with when that has twelve digits, and
    /// 111122223333 otherwise.
    ///
    /// # Errors
    /// [`Unidentified`] when the API has accepted a request without IAM authorisation.
    pub fn tenant(&self) -> Result<AccountId, Unidentified> {
        let account_at = |pointer| self.text(pointer).and_then(|account| account.parse().ok());
        if self.has_authorizer() {
            // What else the event says about the caller is not verified behind an authorizer.
            return account_at("/requestContext/authorizer/account").ok_or(Unidentified);
        }
        let verified = account_at("/requestContext/identity/accountId");
        let account = match (verified, self.identity) {
            (Some(account), _) => Some(account),
            (None, Identity::Verified) => None,
            (None, Identity::Claimed) => self
                .access_key_id()
                .and_then(|key| key.parse().ok())
                .or_else(|| LOCAL_ACCOUNT.parse().ok()),
        };
        account.ok_or(Unidentified)
    }

    /// Returns who has sent the request, for the audit trail: the ARN that API Gateway has verified, or the access key
    /// behind an authorizer. On the local stack, where nobody verifies, the access key id of the signature.
    pub(crate) fn principal(&self) -> Option<&str> {
        if self.has_authorizer() {
            return self.text("/requestContext/authorizer/principalId");
        }
        let verified = self.text("/requestContext/identity/userArn");
        verified.or_else(|| self.access_key_id().filter(|_| self.is_on_local_stack()))
    }

    /// Returns the values of the parameters of the path, as they were sent.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &str> {
        let parameters = self.event.get("pathParameters").and_then(Value::as_object);
        parameters
            .into_iter()
            .flat_map(|parameters| parameters.values())
            .filter_map(Value::as_str)
    }

    fn has_authorizer(&self) -> bool {
        let authorizer = self.event.pointer("/requestContext/authorizer");
        authorizer.is_some_and(|authorizer| !authorizer.is_null())
    }

    /// Returns whether the request came in by the local stack, where nobody verifies signatures.
    #[must_use]
    pub fn is_on_local_stack(&self) -> bool {
        self.identity == Identity::Claimed
    }

    /// Returns the path below which a browser finds the API, with a slash at both ends; for a request of a route
    /// without parameters.
    ///
    /// It is the stage or the base path of a custom domain. The local stack has neither.
    #[must_use]
    pub fn base_path(&self) -> String {
        let path = self.text("/requestContext/path").unwrap_or_default();
        let path = path.strip_suffix(self.route()).unwrap_or(path);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.~".contains(&byte);
        let path = path.trim_matches('/');
        if self.is_on_local_stack() || path.is_empty() || !path.bytes().all(is_plain) {
            "/".into()
        } else {
            format!("/{path}/")
        }
    }

    fn access_key_id(&self) -> Option<&str> {
        let (_, credential) = self.header("authorization")?.split_once("Credential=")?;
        Some(credential.split_once('/')?.0)
    }

    /// Returns a parameter of the path, percent-decoded once.
    ///
    /// # Errors
    /// [`Parameter::Missing`] or [`Parameter::Malformed`].
    pub fn path(&self, name: &str) -> Result<Cow<'_, str>, ParameterError> {
        let refuse = |problem| ParameterError {
            name: name.to_owned(),
            problem,
        };
        let raw = self
            .event
            .get("pathParameters")
            .and_then(|parameters| parameters.get(name))
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| refuse(Parameter::Missing))?;
        percent_decoded(raw).ok_or_else(|| refuse(Parameter::Malformed))
    }

    /// Returns a parameter of the query that has one value, as API Gateway has decoded it; may be empty.
    ///
    /// # Errors
    /// [`Parameter::Repeated`].
    pub fn query(&self, name: &str) -> Result<Option<&str>, ParameterError> {
        let mut values = self.query_all(name);
        let value = values.next();
        if values.next().is_some() {
            return Err(ParameterError {
                name: name.to_owned(),
                problem: Parameter::Repeated,
            });
        }
        Ok(value)
    }

    /// Returns all values of a parameter of the query, in the order of the query.
    pub fn query_all<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        self.values(
            "multiValueQueryStringParameters",
            "queryStringParameters",
            |member| member == name,
        )
    }

    /// Returns the first value of a header; names are compared without regard to case (RFC 9110, section 5.1).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_all(name).next()
    }

    /// Returns all values of a header that may be sent more than once.
    pub fn header_all<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        let same = |member: &str| member.eq_ignore_ascii_case(name);
        self.values("multiValueHeaders", "headers", same)
    }

    /// Returns the values of the members that have the name. A gateway other than API Gateway may send no lists.
    fn values<'r>(
        &'r self,
        lists: &str,
        singles: &str,
        is_named: impl Fn(&str) -> bool,
    ) -> std::vec::IntoIter<&'r str> {
        let members = |name: &str| self.event.get(name).and_then(Value::as_object);
        let of = |name: &str| -> Vec<&'r str> {
            members(name)
                .into_iter()
                .flatten()
                .filter(|(name, _)| is_named(name))
                .flat_map(|(_, value)| match value {
                    Value::Array(values) => values.as_slice(),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                        std::slice::from_ref(value)
                    }
                })
                .filter_map(Value::as_str)
                .collect()
        };
        let all = of(lists);
        if all.is_empty() { of(singles) } else { all }.into_iter()
    }

    /// Returns the ARN of the method, which only the events of authorizers have.
    pub(crate) fn method_arn(&self) -> Option<&str> {
        self.text("/methodArn")
    }

    /// Returns the body, decoded if the gateway has encoded it; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns when the request arrived. Everything that the operation dates, it dates with this.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Returns a new id, UUID version 7 (RFC 9562, section 5.7), that sorts by the time of the request.
    #[must_use]
    pub fn mint(&self) -> Uuid {
        mint(self.received_at)
    }

    /// Returns the id that the client sees in `x-amzn-RequestId`; empty if the gateway gave none.
    ///
    /// Good for finding log lines. Callers can choose it, so nothing may rely on its being unique.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.text("/requestContext/requestId").unwrap_or_default()
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.event.pointer(pointer).and_then(Value::as_str)
    }
}

/// Neither headers nor body: both hold secrets, and a request ends up in logs.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("request_id", &self.request_id())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

/// Returns a new id, UUID version 7, of a moment; years before 1970 count as 1970.
pub(crate) fn mint(at: Timestamp) -> Uuid {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds))
}

/// Moves the body out of the event: it is the one large part of it.
fn take_body(event: &mut Value) -> Vec<u8> {
    let Some(Value::String(text)) = event.get_mut("body").map(Value::take) else {
        return Vec::new();
    };
    let is_encoded = event.get("isBase64Encoded").and_then(Value::as_bool) == Some(true);
    if is_encoded {
        // No gateway sends a wrong encoding. If one does, no operation accepts the text as a body.
        STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes())
    } else {
        text.into_bytes()
    }
}

/// Decodes a text; returns `None` for a percent sign without two hexadecimal digits, and for what is not UTF-8.
fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    let is_escape = |tail: &str| {
        let mut digits = tail.bytes();
        let mut next_is_digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        next_is_digit() && next_is_digit()
    };
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}

#[cfg(test)]
mod tests;
