//! Makes the replies of an operation.

use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::cause::Cause;

/// Most bytes of a body as it is in the reply to Lambda, whose limit is 6 MB for the reply as a whole; the
/// rest is room for headers.
const MOST_BYTES: usize = 6 * 1024 * 1024 - 64 * 1024;

/// A body that Lambda would refuse, which the caller would see as a bare 502
#[derive(Debug, thiserror::Error)]
#[error("a body of {0} bytes is larger than a function can return")]
struct TooLarge(usize);

/// Holds what an operation answers: a status, headers and a ready text.
///
/// The body is text from the start, because API Gateway can only pass on what is complete. A value that cannot be
/// written as JSON, or a header that cannot be sent, is kept as a fault and becomes the family's 500 when the
/// reply is sent, so that handlers need not ask.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
    fault: Option<Cause>,
}

impl Reply {
    /// Makes a reply of 200 with a JSON body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::status(200, body)
    }

    /// Makes a reply of 201 with a JSON body.
    pub fn created(body: &impl Serialize) -> Self {
        Self::status(201, body)
    }

    /// Returns a JSON body with another status, `100..=999`.
    pub fn status(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(text) => Self::text(status, "application/json", text),
            Err(error) => Self::faulty(error.into()),
        }
    }

    /// Returns a status, `100..=999`, without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        // Clients read an absent body as an empty document of this media type.
        Self::text(status, "application/json", String::new())
    }

    /// Returns a body that is not JSON, or JSON that is text already; `content_type` as the header has it.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let reply = Self {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            fault: None,
        };
        match StatusCode::from_u16(status) {
            Ok(_) => reply.with_header(CONTENT_TYPE.as_str(), content_type),
            Err(error) => Self::faulty(error.into()),
        }
    }

    pub(crate) fn faulty(fault: Cause) -> Self {
        Self {
            status: 500,
            headers: HeaderMap::new(),
            body: String::new(),
            fault: Some(fault),
        }
    }

    /// Returns the reply with one more header; one of the same name is replaced.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        match header(name, value.as_ref()) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(fault) => self.fault = Some(fault),
        }
        self
    }

    /// Returns the reply with one more header, whose value is JSON on one line.
    pub(crate) fn with_json_header(self, name: &str, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => self.with_header(name, text),
            Err(error) => Self::faulty(error.into()),
        }
    }

    /// Returns the status of the reply.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.status
    }

    /// Returns the value of a header; names are compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns all headers, names in lower case, in the order in which they were set.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Returns the body of the reply.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the reply, unless it cannot be sent: a fault from its making, or a body beyond Lambda's limit.
    ///
    /// # Errors
    /// Why it cannot.
    pub(crate) fn checked(mut self) -> Result<Self, Cause> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let length = length_in_json(self.body.as_bytes());
        if length > MOST_BYTES {
            return Err(TooLarge(length).into());
        }
        Ok(self)
    }
}

/// Returns the bytes of a text within a JSON string. The body is sent as a JSON string, and JSON within JSON is full of
/// quotes.
pub(crate) fn length_in_json(text: &[u8]) -> usize {
    let width = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
        0x00..=0x1F => 6,
        _ => 1,
    };
    text.iter().map(width).sum()
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Cause> {
    Ok((name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?))
}

impl From<Reply> for ApiGatewayProxyResponse {
    fn from(reply: Reply) -> Self {
        let mut response = Self::default();
        response.status_code = i64::from(reply.status);
        response.headers = reply.headers;
        response.body = Some(Body::Text(reply.body));
        response
    }
}
