//! Turns what a function returns to a REST API into the HTTP reply.
//!
//! Source: API Gateway developer guide, "Output format of a Lambda function for proxy integration" and "Amazon API
//! Gateway important notes" (headers that are renamed).

use axum::http::{HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use cloudformation::text_of;

/// Headers that API Gateway sends under the name `x-amzn-remapped-<name>`
const REMAPPED: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "host",
    "server",
    "upgrade",
    "www-authenticate",
];

/// An answer that can be sent
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The status of the reply.
    pub(crate) status: StatusCode,
    /// Headers, repeated ones one after the other
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The body of the reply.
    pub(crate) body: Vec<u8>,
}

/// Says why what a function returned is not a proxy reply
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ReplyError {
    /// The function returned a text that is not JSON.
    #[error("the answer is no JSON: {0}")]
    Syntax(String),
    /// A member that is missing or has the wrong type
    #[error("`{0}` of the answer is missing or malformed")]
    Member(&'static str),
}

impl Reply {
    /// Reads a function's answer.
    ///
    /// # Errors
    /// See [`ReplyError`]; API Gateway answers 502 then.
    pub(crate) fn parse(answer: &[u8]) -> Result<Self, ReplyError> {
        let answer: Value =
            serde_json::from_slice(answer).map_err(|error| ReplyError::Syntax(error.to_string()))?;
        let status = answer
            .get("statusCode")
            .and_then(Value::as_u64)
            .and_then(|code| u16::try_from(code).ok())
            .and_then(|code| StatusCode::from_u16(code).ok())
            .ok_or(ReplyError::Member("statusCode"))?;
        let mut headers = Vec::new();
        for (name, values) in members(&answer, "multiValueHeaders")? {
            for value in values.as_array().ok_or(ReplyError::Member("multiValueHeaders"))? {
                headers.push(header(name, value, "multiValueHeaders")?);
            }
        }
        for (name, value) in members(&answer, "headers")? {
            let header = header(name, value, "headers")?;
            // A value that stands in both lists is sent once.
            if !headers.contains(&header) {
                headers.push(header);
            }
        }
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push((
                HeaderName::from_static("content-type"),
                HeaderValue::from_static("application/json"),
            ));
        }
        let text = match answer.get("body") {
            None | Some(Value::Null) => "",
            Some(Value::String(text)) => text.as_str(),
            Some(_) => return Err(ReplyError::Member("body")),
        };
        let body = match answer.get("isBase64Encoded") {
            Some(Value::Bool(true)) => STANDARD
                .decode(text)
                .map_err(|error| ReplyError::Syntax(error.to_string()))?,
            None | Some(Value::Null | Value::Bool(false)) => text.as_bytes().to_vec(),
            Some(_) => return Err(ReplyError::Member("isBase64Encoded")),
        };
        Ok(Self {
            status,
            headers,
            body,
        })
    }
}

fn members<'a>(answer: &'a Value, name: &'static str) -> Result<Vec<(&'a String, &'a Value)>, ReplyError> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(members)) => Ok(members.iter().collect()),
        Some(_) => Err(ReplyError::Member(name)),
    }
}

fn header(name: &str, value: &Value, at: &'static str) -> Result<(HeaderName, HeaderValue), ReplyError> {
    let lower = name.to_ascii_lowercase();
    let name = if REMAPPED.contains(&lower.as_str()) {
        format!("x-amzn-remapped-{lower}")
    } else {
        lower
    };
    let name = HeaderName::try_from(name).map_err(|_invalid| ReplyError::Member(at))?;
    let value = text_of(value).ok_or(ReplyError::Member(at))?;
    let value = HeaderValue::try_from(value).map_err(|_invalid| ReplyError::Member(at))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests;
