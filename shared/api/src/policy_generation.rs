//! Errors of the policy generation operations, in the form of AWS IAM Access Analyzer.
//!
//! Source: IAM Access Analyzer API reference, "Errors" of `StartPolicyGeneration` and its companions. The name of
//! the error is in the header `x-amzn-ErrorType` alone, its members in the body.

use model::json::MalformedJson;
use model::request::Violations;
use serde::Serialize;
use store::StoreError;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::{ParameterError, Unidentified};

/// Seconds after which a client may repeat a request that failed for no reason of its own.
const RETRY_AFTER_INTERNAL: u32 = 1;

/// Seconds after which the table has capacity again, as a rule.
const RETRY_AFTER_THROTTLED: u32 = 2;

/// Says why an operation of policy generation does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Status 403: the caller may not do this.
    #[error("access denied: {message}")]
    AccessDenied {
        /// Sent to the caller.
        message: String,
    },
    /// Status 409: the request contradicts what exists, for example the token of another request.
    #[error("conflict over {resource_type} `{resource_id}`: {message}")]
    Conflict {
        /// Sent to the caller.
        message: String,
        /// The thing that is there.
        resource_id: String,
        /// The kind of the resource.
        resource_type: String,
    },
    /// Status 400: the request cannot be right, whenever it is made.
    #[error("invalid request: {message}")]
    Validation {
        /// Says which sort of wrong.
        reason: Reason,
        /// Sent to the caller.
        message: String,
        /// Each faulty member, as a path from the body's root or the name of a parameter, and what is wrong.
        fields: Vec<(String, String)>,
    },
    /// Status 402: the account would have one job too many.
    #[error("quota of {resource_type} exceeded: {message}")]
    ServiceQuotaExceeded {
        /// Sent to the caller.
        message: String,
        /// The thing that there would be too many of.
        resource_id: String,
        /// The kind of the resource.
        resource_type: String,
    },
    /// Status 429: the request is right, but comes too fast.
    #[error("throttled for {retry_after_seconds} s")]
    Throttled {
        /// Says when to come again; sent as `Retry-After`.
        retry_after_seconds: u32,
    },
    /// Status 500: this stack has a fault.
    #[error("internal failure")]
    Internal {
        /// Logged, never sent.
        source: Cause,
    },
}

/// `ValidationExceptionReason` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The operation does not exist.
    UnknownOperation,
    /// The body is not JSON.
    CannotParse,
    /// Members break their rules.
    FieldValidationFailed,
    /// A rule that no single member breaks.
    Other,
    /// Right, but not offered.
    NotSupported,
}

/// The members of all the error shapes of the family; each has some of them.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Members<'e> {
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    field_list: Vec<Field<'e>>,
}

#[derive(Debug, Serialize)]
struct Field<'e> {
    name: &'e str,
    message: &'e str,
}

impl Failure for Error {
    fn reply(&self) -> Reply {
        let mut members = Members::default();
        let mut retry_after = None;
        let (status, name) = match self {
            Self::AccessDenied { message } => {
                members.message = message;
                (403, "AccessDeniedException")
            }
            Self::Conflict {
                message,
                resource_id,
                resource_type,
            } => {
                members = about(message, resource_id, resource_type);
                (409, "ConflictException")
            }
            Self::Validation {
                reason,
                message,
                fields,
            } => {
                members.message = message;
                members.reason = Some(*reason);
                members.field_list = fields
                    .iter()
                    .map(|(name, message)| Field { name, message })
                    .collect();
                (400, "ValidationException")
            }
            Self::ServiceQuotaExceeded {
                message,
                resource_id,
                resource_type,
            } => {
                members = about(message, resource_id, resource_type);
                (402, "ServiceQuotaExceededException")
            }
            Self::Throttled { retry_after_seconds } => {
                members.message = "Too many requests; try again later";
                retry_after = Some(*retry_after_seconds);
                (429, "ThrottlingException")
            }
            Self::Internal { source: _ } => {
                members.message = "The request failed because of an internal error";
                retry_after = Some(RETRY_AFTER_INTERNAL);
                (500, "InternalServerException")
            }
        };
        let reply = Reply::status(status, &members).with_header("x-amzn-ErrorType", name);
        match retry_after {
            Some(seconds) => reply.with_header("Retry-After", seconds.to_string()),
            None => reply,
        }
    }

    fn unexpected(cause: Cause) -> Self {
        Self::Internal { source: cause }
    }
}

fn about<'e>(message: &'e str, resource_id: &'e str, resource_type: &'e str) -> Members<'e> {
    Members {
        message,
        resource_id: Some(resource_id),
        resource_type: Some(resource_type),
        ..Members::default()
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Validation {
            reason: Reason::FieldValidationFailed,
            message: violations.message(),
            fields: violations
                .iter()
                .map(|violation| (violation.path.clone(), violation.message()))
                .collect(),
        }
    }
}

impl From<ParameterError> for Error {
    fn from(error: ParameterError) -> Self {
        Violations::from(error).into()
    }
}

impl From<MalformedJson> for Error {
    fn from(error: MalformedJson) -> Self {
        Self::Validation {
            reason: Reason::CannotParse,
            message: error.to_string(),
            fields: Vec::new(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled(_) => Self::Throttled {
                retry_after_seconds: RETRY_AFTER_THROTTLED,
            },
            StoreError::Unanswered(_) | StoreError::Unavailable(_) | StoreError::Unreadable(_) => {
                Self::Internal { source: error.into() }
            }
        }
    }
}

impl From<Unidentified> for Error {
    fn from(_: Unidentified) -> Self {
        Self::AccessDenied {
            message: "The request must be signed with AWS credentials".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
