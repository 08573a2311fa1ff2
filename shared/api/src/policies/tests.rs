use std::iter::successors;

use store::StoreError;

use super::Error;
use crate::documented::{Headers, assert_documented, table};
use crate::{Failure, Unidentified};

/// Returns the variant after another, so that a new one breaks the build until it is in the table.
fn next(error: &Error) -> Option<Error> {
    let source = || "table `secret` is gone".into();
    Some(match error {
        Error::BadRequest { .. } => Error::Unidentified,
        Error::Unidentified => Error::TooLarge,
        Error::TooLarge => Error::Throttled { source: source() },
        Error::Throttled { .. } => Error::Unexpected { source: source() },
        Error::Unexpected { .. } => Error::Unreachable { source: source() },
        Error::Unreachable { .. } => Error::UnknownPolicy { id: "a-1".to_owned() },
        Error::UnknownPolicy { .. } => Error::UnknownSubAccount { id: "a_1".to_owned() },
        Error::UnknownSubAccount { .. } => Error::TooManyPolicies { limit: 500 },
        Error::TooManyPolicies { .. } => Error::Attached,
        Error::Attached => Error::SystemManaged,
        Error::SystemManaged => Error::OtherVersion,
        Error::OtherVersion => return None,
    })
}

fn every_error() -> impl Iterator<Item = Error> {
    successors(Some(ncloud::parse(b"{").unwrap_err().into()), next)
}

#[test]
fn the_documentation_shows_the_status_and_body_of_every_error() {
    assert_documented(&table(Headers::None, every_error().map(|error| error.reply())));
}

#[test]
fn no_reply_tells_a_source() {
    for error in every_error() {
        assert!(!error.reply().body().contains("secret"), "{error:?}");
        assert_eq!(error.reply().header("content-type"), Some("application/json"));
    }
}

#[test]
fn faults_of_the_store_are_told_apart() {
    let status = |error: StoreError| Error::from(error).reply().code();
    assert_eq!(status(StoreError::Throttled("x".into())), 429);
    assert_eq!(status(StoreError::Unanswered("x".into())), 503);
    assert_eq!(status(StoreError::Unavailable("x".into())), 503);
    assert_eq!(status(StoreError::Unreadable("x".into())), 500);
    assert_eq!(Error::from(Unidentified).reply().code(), 403);
}
