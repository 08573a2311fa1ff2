//! Errors of the policy operations, in the two forms of NAVER Cloud Sub Account: that of its gateway, whose code
//! is a string, and that of the service, whose code is a number.
//!
//! Source: common error codes of the Ncloud API gateway; of the service, code 30 is published, the others are ours.

use std::borrow::Cow;

use model::json::MalformedJson;
use model::policies::{InvalidIfMatch, InvalidIfNoneMatch};
use model::request::Violations;
use ncloud::MalformedBody;
use serde::Serialize;
use serde_json::json;
use store::StoreError;
use uuid::Uuid;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::{ParameterError, Request, Unidentified};

/// Most bytes of a body.
const MAX_BODY: usize = 1024 * 1024;

/// Says why a policy operation does not succeed. That a policy has faults is not an error but a reply.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400, of the gateway: the request cannot be read.
    #[error("bad request: {details}")]
    BadRequest {
        /// Sent to the caller; one sentence.
        details: String,
    },
    /// 403, of the gateway: nobody has verified who asks.
    #[error("the caller is not identified")]
    Unidentified,
    /// 413, of the gateway.
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    /// 429, of the gateway: right, but too fast.
    #[error("throttled")]
    Throttled {
        /// Logged, never sent.
        source: Cause,
    },
    /// 500, of the gateway: a fault of ours.
    #[error("internal failure")]
    Unexpected {
        /// Logged, never sent.
        source: Cause,
    },
    /// 503, of the gateway: the table cannot be used.
    #[error("the store cannot be reached")]
    Unreachable {
        /// Logged, never sent.
        source: Cause,
    },
    /// 404, of the service.
    #[error("policy `{id}` does not exist")]
    UnknownPolicy {
        /// The id as it was sent.
        id: String,
    },
    /// 404, of the service: no sub account can have this id.
    #[error("sub account `{id}` does not exist")]
    UnknownSubAccount {
        /// The id as it was sent.
        id: String,
    },
    /// 409, of the service: it would be one too many.
    #[error("more than {limit} policies")]
    TooManyPolicies {
        /// The highest number that an account may have.
        limit: u32,
    },
    /// 409, of the service: somebody holds the policy.
    #[error("the policy is attached")]
    Attached,
    /// 403, of the service: the policy is not the caller's to change.
    #[error("the policy is managed by the system")]
    SystemManaged,
    /// 412, of the service: `If-Match` does not hold.
    #[error("the policy has another version")]
    OtherVersion,
}

impl Failure for Error {
    fn reply(&self) -> Reply {
        match self {
            Self::BadRequest { details } => {
                let (code, message) = ("100", "Bad Request Exception");
                let details = Some(details.as_str());
                Reply::status(400, &GatewayBody::new(code, message, details))
            }
            Self::Unidentified => gateway(403, "200", "Authentication Failed"),
            Self::TooLarge => gateway(413, "430", "Request Entity Too Large"),
            Self::Throttled { source: _ } => {
                gateway(429, "410", "Throttle Limited").with_header("Retry-After", "2")
            }
            Self::Unexpected { source: _ } => gateway(500, "900", "Unexpected Error"),
            Self::Unreachable { source: _ } => gateway(503, "500", "Endpoint Error"),
            Self::UnknownPolicy { id } => {
                service(404, 30, format!("Policy does not exist. (policyId: {id})"))
            }
            Self::UnknownSubAccount { id } => service(
                404,
                30,
                format!("Sub account does not exist. (subAccountId: {id})"),
            ),
            Self::TooManyPolicies { limit } => {
                service(409, 40, format!("At most {limit} policies can be created."))
            }
            Self::Attached => service(409, 41, "The policy is attached and cannot be deleted."),
            Self::SystemManaged => service(403, 42, "A system managed policy cannot be changed."),
            Self::OtherVersion => service(412, 43, "The policy has been changed since it was read."),
        }
    }

    fn unexpected(cause: Cause) -> Self {
        Self::Unexpected { source: cause }
    }
}

/// Members in the order of the published examples.
#[derive(Debug, Serialize)]
struct GatewayBody<'e> {
    error: GatewayError<'e>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayError<'e> {
    error_code: &'e str,
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'e str>,
}

impl<'e> GatewayBody<'e> {
    fn new(error_code: &'e str, message: &'e str, details: Option<&'e str>) -> Self {
        let error = GatewayError {
            error_code,
            message,
            details,
        };
        Self { error }
    }
}

fn gateway(status: u16, code: &str, message: &str) -> Reply {
    Reply::status(status, &GatewayBody::new(code, message, None))
}

fn service(status: u16, code: u32, message: impl Into<Cow<'static, str>>) -> Reply {
    let message: Cow<'_, str> = message.into();
    Reply::status(status, &json!({ "errorCode": code, "message": message }))
}

/// Returns the body of a request, unless it is larger than 1 MiB.
///
/// # Errors
/// [`Error::TooLarge`].
pub fn body(request: &Request) -> Result<&[u8], Error> {
    if request.body().len() > MAX_BODY {
        return Err(Error::TooLarge);
    }
    Ok(request.body())
}

/// Returns a parameter of the query that is `true` or `false` in any case, or absent, which is `false`.
///
/// # Errors
/// [`Error::BadRequest`].
pub fn flag(request: &Request, name: &str) -> Result<bool, Error> {
    match request.query(name)? {
        None => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(_) => Err(Error::BadRequest {
            details: format!("parameter `{name}` is neither `true` nor `false`"),
        }),
    }
}

/// Returns a new id of a policy, UUID version 4 (RFC 9562, section 5.4), as the service has them.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "ids are arguments everywhere else; this is where they come from"
)]
pub fn mint() -> Uuid {
    Uuid::new_v4()
}

/// Makes an error of a fault that makes a request unreadable. The fault's own message is the text.
macro_rules! bad_request {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::BadRequest { details: error.to_string() }
            }
        })*
    };
}

bad_request!(
    InvalidIfMatch,
    InvalidIfNoneMatch,
    MalformedBody,
    MalformedJson,
    ParameterError,
    Violations
);

impl From<Unidentified> for Error {
    fn from(_: Unidentified) -> Self {
        Self::Unidentified
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled(_) => Self::Throttled { source: error.into() },
            StoreError::Unanswered(_) | StoreError::Unavailable(_) => {
                Self::Unreachable { source: error.into() }
            }
            StoreError::Unreadable(_) => Self::Unexpected { source: error.into() },
        }
    }
}

#[cfg(test)]
mod tests;
