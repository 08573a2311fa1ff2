use std::fmt::Write;
use std::iter::successors;

use store::StoreError;

use super::Error;
use crate::{Failure, Unidentified};

/// The variant after another, so that a new one breaks the build until it stands in the table.
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

fn table() -> String {
    let mut table = "| status | body |\n|---|---|".to_owned();
    for error in every_error() {
        let reply = error.reply();
        write!(table, "\n| {} | `{}` |", reply.code(), reply.body()).unwrap();
    }
    table
}

#[test]
fn the_documentation_shows_the_status_and_body_of_every_error() {
    let document = include_str!("../../../../docs/errors.md");
    assert!(
        document.contains(&table()),
        "docs/errors.md lacks this table:\n{}",
        table()
    );
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
