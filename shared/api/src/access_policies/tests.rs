use std::iter::successors;

use model::json::object;
use model::request::{Constraint, Violations};
use store::{InvalidPageToken, StoreError};

use super::Error;
use crate::documented::{Headers, assert_documented, table};
use crate::{Failure, Parameter, ParameterError, Unidentified};

const ID: &str = "019b76da-a800-7000-8000-000000000000";

/// Returns the variant after another, so that a new one breaks the build until it is in the table.
fn next(error: &Error) -> Option<Error> {
    let source = || "table `secret` is gone".into();
    Some(match error {
        Error::InvalidRequest { .. } => Error::TooManyTags {
            resource_name: arn("project"),
        },
        Error::TooManyTags { .. } => Error::Unidentified,
        Error::Unidentified => Error::NotFound {
            message: "There is no such access policy".to_owned(),
        },
        Error::NotFound { .. } => Error::Conflict {
            message: "The portal has projects; delete them first".to_owned(),
            resource_id: ID.to_owned(),
            resource_arn: arn("portal"),
        },
        Error::Conflict { .. } => Error::LimitExceeded {
            message: "The number of portals of an account is limited to 100".to_owned(),
        },
        Error::LimitExceeded { .. } => Error::Throttled { source: source() },
        Error::Throttled { .. } => Error::Internal { source: source() },
        Error::Internal { .. } => return None,
    })
}

fn arn(kind: &str) -> String {
    format!("arn:aws:iotsitewise:us-east-1:111122223333:{kind}/{ID}")
}

fn every_error() -> impl Iterator<Item = Error> {
    let rule = Constraint::one_of(&["ADMINISTRATOR", "VIEWER"]);
    let first = Violations::one("accessPolicyPermission", rule).into();
    successors(Some(first), next)
}

#[test]
fn the_documentation_shows_the_status_headers_and_body_of_every_error() {
    assert_documented(&table(Headers::Every, every_error().map(|error| error.reply())));
}

#[test]
fn no_reply_tells_a_source() {
    for error in every_error() {
        assert!(!error.reply().body().contains("secret"), "{error:?}");
        assert_eq!(error.reply().header("content-type"), Some("application/json"));
    }
}

#[test]
fn every_way_to_be_wrong_is_an_invalid_request() {
    let parameter = ParameterError {
        name: "maxResults".to_owned(),
        problem: Parameter::Repeated,
    };
    for error in [
        Error::from(object(b"{").unwrap_err()),
        object(b"[]").unwrap_err().into(),
        object(br#"{"a":1,"a":1}"#).unwrap_err().into(),
        InvalidPageToken.into(),
        parameter.into(),
    ] {
        let reply = error.reply();
        assert_eq!(reply.code(), 400);
        assert_eq!(reply.header("x-amzn-errortype"), Some("InvalidRequestException"));
    }
}

#[test]
fn faults_of_the_store_are_told_apart() {
    let status = |error: StoreError| Error::from(error).reply().code();
    assert_eq!(status(StoreError::Throttled("x".into())), 429);
    assert_eq!(status(StoreError::Unanswered("x".into())), 500);
    assert_eq!(status(StoreError::Unavailable("x".into())), 500);
    assert_eq!(status(StoreError::Unreadable("x".into())), 500);
    assert_eq!(Error::from(Unidentified).reply().code(), 403);
}
