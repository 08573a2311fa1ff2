//! Errors of the access policy operations, in the form of AWS IoT SiteWise.
//!
//! Source: service model `iotsitewise/2019-12-02`. The name of the error is in the header `x-amzn-ErrorType`
//! alone, its members in the body. Of the errors that the model gives to these operations, `UnauthorizedException`
//! is missing: who may call what is decided by IAM before a function runs.

use model::json::MalformedJson;
use model::request::{Constraint, Violations};
use serde::Serialize;
use store::{InvalidPageToken, StoreError};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::{ParameterError, Unidentified};

/// Seconds after which the table has capacity again, as a rule.
const RETRY_AFTER: &str = "2";

/// Says why an access policy operation does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Status 400: the request cannot be right, whenever it is made.
    #[error("invalid request: {message}")]
    InvalidRequest {
        /// Sent to the caller; quotes no values.
        message: String,
    },
    /// Status 400: a resource would have more than 50 tags.
    #[error("too many tags")]
    TooManyTags {
        /// The ARN of the resource.
        resource_name: String,
    },
    /// Status 403: nobody has verified who asks. The model has no such error, but every AWS client expects it.
    #[error("the caller is not identified")]
    Unidentified,
    /// Status 404: the resource does not exist.
    #[error("{message}")]
    NotFound {
        /// Sent to the caller.
        message: String,
    },
    /// Status 409: a portal that has projects is not deleted.
    #[error("conflict over `{resource_arn}`: {message}")]
    Conflict {
        /// Sent to the caller.
        message: String,
        /// The id of the portal.
        resource_id: String,
        /// The ARN of the resource.
        resource_arn: String,
    },
    /// Status 410: the account would have one resource too many.
    #[error("{message}")]
    LimitExceeded {
        /// Sent to the caller.
        message: String,
    },
    /// Status 429: the request is right, but comes too fast.
    #[error("throttled")]
    Throttled {
        /// Logged, never sent.
        source: Cause,
    },
    /// Status 500: this stack has a fault.
    #[error("internal failure")]
    Internal {
        /// Logged, never sent.
        source: Cause,
    },
}

/// The members of all the error shapes; each has some of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Members<'e> {
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_arn: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'e str>,
}

impl<'e> Members<'e> {
    fn message(message: &'e str) -> Self {
        Self {
            message,
            resource_id: None,
            resource_arn: None,
            resource_name: None,
        }
    }
}

impl Failure for Error {
    fn reply(&self) -> Reply {
        let (status, name, members) = match self {
            Self::InvalidRequest { message } => (400, "InvalidRequestException", Members::message(message)),
            Self::TooManyTags { resource_name } => {
                let message = Members::message("A resource can have at most 50 tags");
                let resource_name = Some(resource_name.as_str());
                let members = Members {
                    resource_name,
                    ..message
                };
                (400, "TooManyTagsException", members)
            }
            Self::Unidentified => {
                let message = "The request must be signed with AWS credentials";
                (403, "AccessDeniedException", Members::message(message))
            }
            Self::NotFound { message } => (404, "ResourceNotFoundException", Members::message(message)),
            Self::Conflict {
                message,
                resource_id,
                resource_arn,
            } => {
                let members = Members {
                    resource_id: Some(resource_id),
                    resource_arn: Some(resource_arn),
                    ..Members::message(message)
                };
                (409, "ConflictingOperationException", members)
            }
            Self::LimitExceeded { message } => (410, "LimitExceededException", Members::message(message)),
            Self::Throttled { source: _ } => {
                let message = "Too many requests; try again later";
                (429, "ThrottlingException", Members::message(message))
            }
            Self::Internal { source: _ } => {
                let message = "The request failed because of an internal error";
                (500, "InternalFailureException", Members::message(message))
            }
        };
        let reply = Reply::status(status, &members).with_header("x-amzn-ErrorType", name);
        if status == 429 {
            reply.with_header("Retry-After", RETRY_AFTER)
        } else {
            reply
        }
    }

    fn unexpected(cause: Cause) -> Self {
        Self::Internal { source: cause }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::InvalidRequest {
            message: violations.message(),
        }
    }
}

impl From<ParameterError> for Error {
    fn from(error: ParameterError) -> Self {
        Violations::from(error).into()
    }
}

impl From<InvalidPageToken> for Error {
    fn from(_: InvalidPageToken) -> Self {
        let rule = "Member must be the token of the page before, asked for with the same filters";
        Violations::one("nextToken", Constraint::new(rule)).into()
    }
}

impl From<MalformedJson> for Error {
    fn from(error: MalformedJson) -> Self {
        Self::InvalidRequest {
            message: error.to_string(),
        }
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
            StoreError::Throttled(_) => Self::Throttled { source: error.into() },
            StoreError::Unanswered(_) | StoreError::Unavailable(_) | StoreError::Unreadable(_) => {
                Self::Internal { source: error.into() }
            }
        }
    }
}

#[cfg(test)]
mod tests;
