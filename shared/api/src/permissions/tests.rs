use std::iter::successors;

use jiff::Timestamp;
use model::permissions::{GetPermissions, GetPermissionsV4, RequestError, SaveSearch};
use permissions::group::TooManyGroups;
use rstest::rstest;
use serde_json::{Value, json};
use store::StoreError;

use super::{Error, MediaType, UnknownPrincipal};
use crate::documented::{Headers, assert_documented, table};
use crate::{Failure, Request, Unidentified};

fn invalid_query(condition: &str) -> Error {
    let query = format!("config from iam where {condition}");
    rql::Query::parse(&query).unwrap_err().into()
}

fn invalid_members(body: &str) -> Error {
    match GetPermissions::from_request(body.as_bytes()).unwrap_err() {
        RequestError::Members(members) => members.into(),
        RequestError::Malformed(error) => panic!("{error}"),
    }
}

fn invalid_fields() -> Error {
    let body = r#"{"principal":"ann","action":"s3:GetObject"}"#;
    let body = model::json::object(body.as_bytes()).unwrap();
    model::permissions::SimulatePermission::from_request(&body)
        .unwrap_err()
        .into()
}

fn of_members<T: std::fmt::Debug>(request: Result<T, RequestError>) -> Error {
    request.unwrap_err().into()
}

fn invalid_group_by_field() -> Error {
    let body = br#"{"query":"q","groupByFields":["principal"]}"#;
    of_members(GetPermissionsV4::from_request(body, None))
}

fn too_long() -> Error {
    let body = json!({ "query": "q", "name": "n".repeat(201) }).to_string();
    of_members(SaveSearch::from_request(body.as_bytes()))
}

/// Returns the variant after another, so that a new one breaks the build until it is in the table.
fn next(error: &Error) -> Option<Error> {
    let source = || "table `secret` is gone".into();
    Some(match error {
        Error::InvalidJson(_) => invalid_members(r#"{"limit":"5"}"#),
        Error::InvalidMembers(members) if members.first.name == "groupByFields" => too_long(),
        Error::InvalidMembers(members) if members.first.name == "name" => Error::Unidentified,
        Error::InvalidMembers(members) if members.others.is_empty() => {
            invalid_query("source.public = true dest")
        }
        Error::InvalidMembers(members) if members.first.name == "query" => {
            invalid_members(r#"{"query":"q","limit":0,"id":1}"#)
        }
        Error::InvalidMembers(_) => invalid_members(r#"{"query":1,"limit":1}"#),
        Error::InvalidQuery(error) => match error.code() {
            "rql_syntax" => invalid_query("dest.cloud.resourse.type = 'user'"),
            "rql_unknown_attribute" => invalid_query("source.public IN ('true')"),
            "rql_invalid_operator" => invalid_query("source.public = 'yes'"),
            "rql_invalid_value" => invalid_query(&"(".repeat(40)),
            _ => Error::InvalidPageToken,
        },
        Error::InvalidPageToken => {
            let event = json!({ "multiValueQueryStringParameters": { "limit": ["1", "2"] } });
            let request = Request::from_event(event, Timestamp::UNIX_EPOCH);
            request.query("limit").unwrap_err().into()
        }
        Error::InvalidParameter(_) => Error::OtherQuery,
        Error::OtherQuery => Error::DuplicateSearchName,
        Error::DuplicateSearchName => Error::TooManyGroups(TooManyGroups),
        Error::TooManyGroups(_) => invalid_group_by_field(),
        Error::Unidentified => Error::UnknownSearch,
        Error::UnknownSearch => Error::UnknownPrincipal(UnknownPrincipal::NotDescribed),
        Error::UnknownPrincipal(_) => invalid_fields(),
        Error::InvalidFields(_) => Error::PageTokenExpired,
        Error::PageTokenExpired => Error::TooLarge,
        Error::TooLarge => Error::Unexpected { source: source() },
        Error::Unexpected { .. } => Error::Compiling,
        Error::Compiling => Error::Unavailable { source: source() },
        Error::Unavailable { .. } => Error::PartUnavailable { source: source() },
        Error::PartUnavailable { .. } => return None,
    })
}

fn every_error() -> impl Iterator<Item = Error> {
    let first = match GetPermissions::from_request(b"{").unwrap_err() {
        RequestError::Malformed(error) => error.into(),
        RequestError::Members(members) => panic!("{members}"),
    };
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
fn no_reply_tells_a_source_and_every_one_has_its_header() {
    for error in every_error() {
        let reply = error.reply();
        assert!(!reply.body().contains("secret"), "{error:?}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_str(reply.body()).unwrap();
        let status: Value = serde_json::from_str(reply.header("x-redlock-status").unwrap()).unwrap();
        let expected = json!([{
            "i18nKey": body["error"]["code"], "severity": "error", "subject": body["error"]["target"],
        }]);
        assert_eq!(status, expected);
        assert_eq!(reply.header("retry-after").is_some(), reply.code() == 503);
    }
}

#[test]
fn a_log_holds_no_text_of_a_query() {
    let error = invalid_query("source.cloud.resource.name = 'alice' bob");
    assert_eq!(error.to_string(), "the query is refused, rql_syntax");
}

#[test]
fn faults_of_the_store_are_told_apart() {
    let status = |error: StoreError| Error::from(error).reply().code();
    assert_eq!(status(StoreError::Throttled("x".into())), 503);
    assert_eq!(status(StoreError::Unavailable("x".into())), 503);
    assert_eq!(status(StoreError::Unreadable("x".into())), 500);
    assert_eq!(Error::from(Unidentified).reply().code(), 403);
}

fn accepting(values: &[&str]) -> Request {
    let event = json!({ "multiValueHeaders": { "Accept": values } });
    Request::from_event(event, Timestamp::UNIX_EPOCH)
}

#[rstest]
#[case::nothing(&[], MediaType::Json)]
#[case::anything(&["*/*"], MediaType::Json)]
#[case::json(&["application/json; charset=UTF-8"], MediaType::Json)]
#[case::misspelt(&["appliation/json"], MediaType::Json)]
#[case::csv(&["text/csv"], MediaType::Csv)]
#[case::csv_in_capitals(&["Text/CSV; Charset=utf-8"], MediaType::Csv)]
#[case::csv_beside_json(&["application/json, text/csv"], MediaType::Csv)]
#[case::csv_in_a_second_header(&["application/json", "text/csv"], MediaType::Csv)]
#[case::csv_beside_anything(&["text/csv, */*"], MediaType::Csv)]
#[case::csv_before_the_rest(&["text/csv,*/*;q=0.1"], MediaType::Csv)]
#[case::csv_behind_anything(&["text/csv;q=0.5, */*"], MediaType::Json)]
#[case::csv_behind_json(&["text/csv;q=0.8, application/json;q=0.9"], MediaType::Json)]
#[case::csv_behind_misspelt_json(&["text/csv;q=0.8, appliation/json;q=0.9"], MediaType::Json)]
#[case::json_is_more_specific_than_anything(&["text/csv;q=0.5, application/json;q=0.1, */*"], MediaType::Csv)]
#[case::csv_refused(&["text/csv;q=0"], MediaType::Json)]
#[case::csv_refused_and_json_too(&["text/csv;q=0.000, application/json;q=0"], MediaType::Json)]
#[case::weight_without_meaning(&["text/csv;q=high"], MediaType::Json)]
#[case::weight_out_of_range(&["text/csv;q=1.5"], MediaType::Json)]
#[case::any_text_names_no_csv(&["text/*"], MediaType::Json)]
#[case::something_else(&["application/xml, image/png"], MediaType::Json)]
#[case::lines(&["application/x-ndjson"], MediaType::Ndjson)]
#[case::lines_behind_csv(&["application/x-ndjson;q=0.5, text/csv;q=0.6"], MediaType::Csv)]
#[case::lines_before_csv(&["application/x-ndjson, text/csv;q=0.6"], MediaType::Ndjson)]
#[case::plain(&["text/plain"], MediaType::Json)]
fn accept_chooses_the_form(#[case] values: &[&str], #[case] expected: MediaType) {
    assert_eq!(MediaType::of_search(&accepting(values)), expected);
}

#[rstest]
#[case::preferred(&["text/plain"], MediaType::PlainJson)]
#[case::preferred_to_the_rest(&["text/plain, */*;q=0.5"], MediaType::PlainJson)]
#[case::beside_json(&["application/json, text/plain, */*"], MediaType::Json)]
#[case::refused(&["text/plain;q=0"], MediaType::Json)]
#[case::csv(&["text/csv, text/plain"], MediaType::Csv)]
#[case::nothing(&[], MediaType::Json)]
fn a_further_page_can_be_plain_text(#[case] values: &[&str], #[case] expected: MediaType) {
    assert_eq!(MediaType::of_page(&accepting(values)), expected);
}
