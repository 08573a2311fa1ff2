//! Errors of access keys and of logging in with them, in the form of Prisma Cloud.

#[cfg(test)]
mod tests;

use model::json::MalformedJson;
use model::request::{Violation, Violations};
use store::StoreError;
use uuid::Uuid;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::prisma_cloud::ErrorBody;
use crate::reply::Reply;
use crate::request::{ParameterError, Request, Unidentified};

/// Most bytes of a body. The largest name takes 128 characters.
const MAX_BODY: usize = 16 * 1024;

/// Says why an operation on access keys, or a login, does not succeed
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Status 400: the body is not one JSON object, or names a member twice.
    #[error("{0}")]
    InvalidJson(#[from] MalformedJson),
    /// Status 400: members or parameters are missing or break a rule.
    #[error("{0}")]
    Invalid(#[from] Violations),
    /// Status 401: the key does not exist, the secret is wrong, or the key is disabled or has expired. The reply never
    /// says which.
    #[error("the access key id or the secret is wrong, or the access key is disabled or has expired")]
    InvalidCredentials,
    /// Status 401: the token has expired, or its access key is no longer good.
    #[error("the login token is no longer valid; log in again")]
    TokenExpired,
    /// Status 403: nobody has verified whose request it is.
    #[error("the caller is not identified")]
    Unidentified,
    /// Status 404: the account has no such key.
    #[error("the account has no access key with this id")]
    UnknownAccessKey,
    /// Status 409: the account would have one key too many.
    #[error("the account has {limit} access keys, which is the limit; delete one first")]
    TooManyAccessKeys {
        /// The highest number that an account may have.
        limit: u32,
    },
    /// The body is too large: 413.
    #[error("the body is larger than 16 KiB")]
    TooLarge,
    /// Status 500: this stack has a fault.
    #[error("internal failure")]
    Unexpected {
        /// Logged, never sent.
        source: Cause,
    },
    /// Status 503: the table cannot be used now.
    #[error("the access keys cannot be read at the moment")]
    Unavailable {
        /// Logged, never sent.
        source: Cause,
    },
}

impl Error {
    /// Returns the status and the stable word of the error.
    fn status(&self) -> (u16, &'static str) {
        match self {
            Self::InvalidJson(_) => (400, "invalid_json"),
            Self::Invalid(_) => (400, "invalid_field"),
            Self::InvalidCredentials => (401, "invalid_credentials"),
            Self::TokenExpired => (401, "token_expired"),
            Self::Unidentified => (403, "forbidden"),
            Self::UnknownAccessKey => (404, "not_found"),
            Self::TooManyAccessKeys { limit: _ } => (409, "limit_exceeded"),
            Self::TooLarge => (413, "request_too_large"),
            Self::Unexpected { source: _ } => (500, "internal_error"),
            Self::Unavailable { source: _ } => (503, "service_unavailable"),
        }
    }

    fn violations(&self) -> impl Iterator<Item = &Violation> {
        let violations = if let Self::Invalid(violations) = self {
            Some(violations)
        } else {
            None
        };
        violations.into_iter().flat_map(Violations::iter)
    }
}

impl Failure for Error {
    fn reply(&self) -> Reply {
        let (status, code) = self.status();
        let body = ErrorBody::<()> {
            code,
            message: self.to_string(),
            target: self.violations().next().map(|violation| violation.path.clone()),
            details: self.violations().map(Violation::message).collect(),
            further: None,
        };
        let reply = body.reply(status);
        if status == 503 {
            reply.with_header("Retry-After", "2")
        } else {
            reply
        }
    }

    fn unexpected(cause: Cause) -> Self {
        Self::Unexpected { source: cause }
    }
}

/// Returns the body of a request, unless it is larger than 16 KiB.
///
/// # Errors
/// [`Error::TooLarge`].
pub fn body(request: &Request) -> Result<&[u8], Error> {
    if request.body().len() > MAX_BODY {
        return Err(Error::TooLarge);
    }
    Ok(request.body())
}

/// Returns the random part of a new access key id.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "ids are arguments everywhere else; this is where they come from"
)]
pub fn mint() -> Uuid {
    Uuid::new_v4()
}

impl From<ParameterError> for Error {
    fn from(error: ParameterError) -> Self {
        Self::Invalid(error.into())
    }
}

impl From<Unidentified> for Error {
    fn from(_: Unidentified) -> Self {
        Self::Unidentified
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled(_) | StoreError::Unanswered(_) | StoreError::Unavailable(_) => {
                Self::Unavailable { source: error.into() }
            }
            StoreError::Unreadable(_) => Self::Unexpected { source: error.into() },
        }
    }
}
