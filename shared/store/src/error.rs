//! What can go wrong between this crate and the database.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failure that is not the caller's: what the operations themselves decide is in their outcomes.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table is over its capacity, or transactions kept colliding, after all retries.
    #[error("the table is throttled")]
    Throttled(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer, or one that nobody expected.
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

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let throttled = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code)
            .is_some_and(|code| THROTTLING.contains(&code));
        if throttled {
            Self::Throttled(Box::new(error))
        } else {
            Self::Unavailable(Box::new(error))
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
