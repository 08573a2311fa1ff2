use std::iter::successors;

use model::json::object;
use model::request::{Constraint, Reader};
use rstest::rstest;

use super::{Error, Reason};
use crate::documented::{Headers, assert_documented, table};
use crate::{Failure, Parameter, ParameterError, Unidentified};

/// Returns the variant after another, so that a new one breaks the build until it is in the table.
fn next(error: &Error) -> Option<Error> {
    Some(match error {
        Error::AccessDenied { .. } => Error::Conflict {
            message: "The client token was used for another request".to_owned(),
            resource_id: "019b76da-a800-7000-8000-000000000000".to_owned(),
            resource_type: "PolicyGeneration".to_owned(),
        },
        Error::Conflict { .. } => two_violations(),
        Error::Validation { .. } => Error::ServiceQuotaExceeded {
            message: "Too many policy generations are in progress".to_owned(),
            resource_id: "111122223333".to_owned(),
            resource_type: "PolicyGeneration".to_owned(),
        },
        Error::ServiceQuotaExceeded { .. } => Error::Throttled {
            retry_after_seconds: 5,
        },
        Error::Throttled { .. } => Error::Internal {
            source: "table `secret` is gone".into(),
        },
        Error::Internal { .. } => return None,
    })
}

fn two_violations() -> Error {
    let mut reader = Reader::new();
    reader.refuse(
        "policyGenerationDetails.principalArn",
        Constraint::new("Member must not be null"),
    );
    reader.refuse("clientToken", Constraint::length(1, 64));
    reader.finish::<()>(None).unwrap_err().into()
}

fn every_error() -> impl Iterator<Item = Error> {
    let first = Error::AccessDenied {
        message: "Not permitted".to_owned(),
    };
    successors(Some(first), next)
}

#[test]
fn every_error_has_its_status_headers_and_body() {
    insta::assert_snapshot!(table(Headers::Every, every_error().map(|error| error.reply())));
}

#[test]
fn the_documentation_shows_the_same() {
    assert_documented(&table(Headers::Every, every_error().map(|error| error.reply())));
}

#[test]
fn no_reply_tells_a_source() {
    for error in every_error() {
        assert!(!error.reply().body().contains("secret"), "{error:?}");
        assert_eq!(error.reply().header("content-type"), Some("application/json"));
    }
}

#[rstest]
#[case::json(object(b"{").unwrap_err().into(), Reason::CannotParse, None)]
#[case::not_an_object(object(b"[]").unwrap_err().into(), Reason::CannotParse, None)]
#[case::member(
    two_violations(),
    Reason::FieldValidationFailed,
    Some("policyGenerationDetails.principalArn")
)]
#[case::parameter(repeated("maxResults").into(), Reason::FieldValidationFailed, Some("maxResults"))]
fn what_is_wrong_with_a_request_is_a_validation_error(
    #[case] error: Error,
    #[case] expected: Reason,
    #[case] field: Option<&str>,
) {
    assert_eq!(error.reply().code(), 400);
    let Error::Validation { reason, fields, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(reason, expected);
    assert_eq!(fields.first().map(|(name, _)| name.as_str()), field);
}

fn repeated(name: &str) -> ParameterError {
    ParameterError {
        name: name.to_owned(),
        problem: Parameter::Repeated,
    }
}

#[rstest]
#[case(Reason::UnknownOperation, r#""unknownOperation""#)]
#[case(Reason::CannotParse, r#""cannotParse""#)]
#[case(Reason::FieldValidationFailed, r#""fieldValidationFailed""#)]
#[case(Reason::Other, r#""other""#)]
#[case(Reason::NotSupported, r#""notSupported""#)]
fn reasons_have_the_words_of_the_api(#[case] reason: Reason, #[case] word: &str) {
    assert_eq!(serde_json::to_string(&reason).unwrap(), word);
}

#[test]
fn a_caller_without_identity_is_denied() {
    assert_eq!(Error::from(Unidentified).reply().code(), 403);
}
