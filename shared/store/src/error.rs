//! An error says what went wrong between this crate and the database.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failure that is not the caller's: what the operations themselves decide is in their outcomes.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table is over its capacity, or transactions kept colliding, after all retries.
    #[error("the table is throttled")]
    Throttled(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer, or one of a fault in the database: whether a write was applied is not known.
    #[error("the table does not answer")]
    Unanswered(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer that nobody expected; nothing was applied.
    #[error("the table cannot be used")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An item that is not as this crate writes it.
    #[error("a stored item cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Codes with which the database asks for a pause.
const THROTTLING: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Codes with which the database says that it failed itself.
const FAULTS: [&str; 2] = ["InternalServerError", "ServiceUnavailable"];

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let is_never_sent = matches!(error, SdkError::ConstructionFailure(_));
        match error.as_service_error().map(|error| error.code()) {
            Some(Some(code)) if THROTTLING.contains(&code) => Self::Throttled(Box::new(error)),
            Some(Some(code)) if !FAULTS.contains(&code) => Self::Unavailable(Box::new(error)),
            None if is_never_sent => Self::Unavailable(Box::new(error)),
            // An error without a code does not come from the database, but from something on the way to it.
            Some(_) | None => Self::Unanswered(Box::new(error)),
        }
    }
}

impl From<aws_sdk_dynamodb::error::BuildError> for StoreError {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Unreadable(Box::new(error))
    }
}
