use std::iter::successors;

use model::access_keys::Login;
use serde_json::Value;
use store::StoreError;

use super::Error;
use crate::documented::{Headers, assert_documented, table};
use crate::{Failure, Parameter, ParameterError, Unidentified};

/// Returns the variant after another, so that a new one breaks the build until it is in the table.
fn next(error: &Error) -> Option<Error> {
    let source = || "table `secret` is gone".into();
    Some(match error {
        Error::InvalidJson(_) => {
            let body = model::json::object(br#"{"username":1}"#).unwrap();
            Login::from_request(&body).unwrap_err().into()
        }
        Error::Invalid(_) => Error::InvalidCredentials,
        Error::InvalidCredentials => Error::TokenExpired,
        Error::TokenExpired => Error::Unidentified,
        Error::Unidentified => Error::UnknownAccessKey,
        Error::UnknownAccessKey => Error::TooManyAccessKeys { limit: 100 },
        Error::TooManyAccessKeys { .. } => Error::TooLarge,
        Error::TooLarge => Error::Unexpected { source: source() },
        Error::Unexpected { .. } => Error::Unavailable { source: source() },
        Error::Unavailable { .. } => return None,
    })
}

fn every_error() -> impl Iterator<Item = Error> {
    let first = model::json::object(b"{").unwrap_err().into();
    successors(Some(first), next)
}

#[test]
fn the_documentation_shows_the_status_header_and_body_of_every_error() {
    assert_documented(&table(
        Headers::One("x-redlock-status"),
        every_error().map(|error| error.reply()),
    ));
}

#[test]
fn no_reply_has_a_source_and_every_one_has_its_header() {
    for error in every_error() {
        let reply = error.reply();
        assert!(!reply.body().contains("table"), "{error:?}");
        let body: Value = serde_json::from_str(reply.body()).unwrap();
        let status: Value = serde_json::from_str(reply.header("x-redlock-status").unwrap()).unwrap();
        assert_eq!(status[0]["i18nKey"], body["error"]["code"]);
        assert_eq!(status[0]["subject"], body["error"]["target"]);
        assert_eq!(reply.header("retry-after").is_some(), reply.code() == 503);
    }
}

#[test]
fn other_faults_have_their_statuses() {
    let status = |error: Error| error.reply().code();
    let name = "accessKeyId".to_owned();
    assert_eq!(
        status(
            ParameterError {
                name,
                problem: Parameter::Missing
            }
            .into()
        ),
        400
    );
    assert_eq!(status(Unidentified.into()), 403);
    assert_eq!(status(StoreError::Throttled("x".into()).into()), 503);
    assert_eq!(status(StoreError::Unreadable("x".into()).into()), 500);
}
