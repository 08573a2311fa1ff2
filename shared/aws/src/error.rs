//! Says why a call into the caller's account failed, in the terms in which a job reports it.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// Says what AWS answered, or what happened instead of an answer. For logs only: it may name principals and keys.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Says why a call into the caller's account failed.
///
/// `what` completes the sentence; it holds no name, ARN or key.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The permissions are not enough: of the role, of its trust policy, of the bucket or of the key that the log
    /// files are encrypted with.
    #[error("not allowed to {what}")]
    Denied {
        /// The attempt, `list the trail's bucket`.
        what: &'static str,
        /// The error of the service, for logs.
        #[source]
        cause: Cause,
    },
    /// Something that must be there is not.
    #[error("cannot {what}: there is no such resource")]
    NotFound {
        /// Says what was tried.
        what: &'static str,
    },
    /// Too many calls, still after the SDK's own retries. Later it works.
    #[error("too many calls to {what}")]
    Throttled {
        /// Says what was tried.
        what: &'static str,
    },
    /// Every other failure: no answer, no credentials, a fault of the service, an archived object.
    #[error("failed to {what}")]
    Unavailable {
        /// Says what was tried.
        what: &'static str,
        /// The error of the service, for logs.
        #[source]
        cause: Cause,
    },
}

/// Says what an error code means to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Denied,
    NotFound,
    Throttled,
    Unavailable,
}

impl AccessError {
    pub(crate) fn new<E>(what: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        match kind(error.code(), status) {
            Kind::Denied => Self::Denied {
                what,
                cause: error.into(),
            },
            Kind::NotFound => Self::NotFound { what },
            Kind::Throttled => Self::Throttled { what },
            Kind::Unavailable => Self::Unavailable {
                what,
                cause: error.into(),
            },
        }
    }

    /// Returns an answer without what it must hold.
    pub(crate) fn incomplete(what: &'static str) -> Self {
        Self::Unavailable {
            what,
            cause: "the answer is incomplete".into(),
        }
    }
}

/// Decides by the code, and by the status only without a code: 403 with a code is not always about permissions.
///
/// Source: the errors pages of the API references of STS, S3, CloudTrail and IAM ("Common errors" included), and for
/// `KMS.…` S3's "Error responses": S3 hands on what the key's policy or state made of the read.
pub(crate) fn kind(code: Option<&str>, status: Option<u16>) -> Kind {
    match code {
        Some(
            "AccessDenied"
            | "AccessDeniedException"
            | "AllAccessDisabled"
            | "AuthFailure"
            | "InsufficientDependencyServiceAccessPermissionException"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidObjectOwner"
            | "NotAuthorized"
            | "NotSignedUp"
            | "OperationNotPermitted"
            | "OperationNotPermittedException"
            | "OptInRequired"
            | "RegionDisabledException"
            | "UnauthorizedAccess"
            | "UnauthorizedOperation"
            | "UnrecognizedClientException",
        ) => Kind::Denied,
        Some(code) if code.starts_with("KMS.") => Kind::Denied,
        Some(
            "CloudTrailARNInvalid"
            | "CloudTrailARNInvalidException"
            | "InvalidTrailNameException"
            | "NoSuchBucket"
            | "NoSuchEntity"
            | "NoSuchEntityException"
            | "NoSuchKey"
            | "NotFound"
            | "ResourceNotFoundException"
            | "TrailNotFound"
            | "TrailNotFoundException",
        ) => Kind::NotFound,
        Some(
            "BandwidthLimitExceeded"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException",
        ) => Kind::Throttled,
        Some(_) => Kind::Unavailable,
        None => match status {
            Some(401 | 403) => Kind::Denied,
            Some(404) => Kind::NotFound,
            Some(429) => Kind::Throttled,
            _ => Kind::Unavailable,
        },
    }
}
