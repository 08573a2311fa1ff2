use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::json::MalformedJson;

fn read(body: &Value) -> Result<GetPermissions, RequestError> {
    GetPermissions::from_request(body.to_string().as_bytes())
}

fn members(error: RequestError) -> Vec<(&'static str, Problem)> {
    match error {
        RequestError::Members(InvalidMembers { first, others }) => std::iter::once(first)
            .chain(others)
            .map(|one| (one.name, one.problem))
            .collect(),
        RequestError::Malformed(error) => panic!("{error}"),
    }
}

#[test]
fn null_is_absent_and_what_is_not_known_is_ignored() {
    let request = read(&json!({
        "query": "q", "limit": 10_000, "id": null, "explain": null, "timeRange": { "type": "x" }, "searchId": 5,
        "heuristicSearch": [{}], "Limit": 3,
    }));
    let expected = GetPermissions {
        query: Some("q".to_owned()),
        limit: Limit::new(10_000).unwrap(),
        id: None,
        explain: Explain::Nothing,
    };
    assert_eq!(request, Ok(expected));
}

#[rstest]
#[case::nothing(json!(false), Explain::Nothing)]
#[case::statements(json!(true), Explain::Statements)]
#[case::policies(json!("policies"), Explain::Policies)]
fn an_explanation_may_have_the_whole_policies(#[case] explain: Value, #[case] expected: Explain) {
    let request = read(&json!({ "query": "q", "limit": 1, "explain": explain })).unwrap();
    assert_eq!(request.explain, expected);
    let page = json!({ "pageToken": "t", "explain": explain });
    let page = NextPage::from_request(page.to_string().as_bytes()).unwrap();
    assert_eq!(page.explain, Some(expected));
}

#[rstest]
#[case::number(json!(1))]
#[case::another_word(json!("statements"))]
#[case::text_of_a_boolean(json!("true"))]
#[case::list(json!(["policies"]))]
fn what_is_no_way_to_explain_is_refused(#[case] explain: Value) {
    let error = read(&json!({ "query": "q", "limit": 1, "explain": explain })).unwrap_err();
    assert_eq!(error.to_string(), "`explain` is not a boolean or `\"policies\"`");
}

#[test]
fn an_empty_id_is_absent_and_an_empty_query_is_not() {
    let request = read(&json!({ "query": "", "limit": 1, "id": "" })).unwrap();
    assert_eq!((request.query.as_deref(), request.id), (Some(""), None));
    let token = |text: &str| NextPage::from_request(json!({ "pageToken": text }).to_string().as_bytes());
    assert_eq!(members(token("").unwrap_err()), [("pageToken", Problem::Missing)]);
    assert_eq!(token("t").unwrap().limit, None);
    assert_eq!(Suggest::from_request(br#"{"query":""}"#).unwrap().query, "");
}

#[rstest]
#[case::fraction("5.0", Problem::Type("a whole number"))]
#[case::exponent("1e2", Problem::Type("a whole number"))]
#[case::text("\"5\"", Problem::Type("a whole number"))]
#[case::array("[5]", Problem::Type("a whole number"))]
#[case::boolean("true", Problem::Type("a whole number"))]
#[case::zero("0", Problem::LimitRange)]
#[case::negative("-1", Problem::LimitRange)]
#[case::one_too_many("10001", Problem::LimitRange)]
#[case::beyond_any_integer("123456789012345678901234567890", Problem::LimitRange)]
#[case::null("null", Problem::Missing)]
fn a_limit_is_a_whole_number_from_1_to_10000(#[case] limit: &str, #[case] problem: Problem) {
    let body = format!(r#"{{"query":"q","limit":{limit}}}"#);
    let error = GetPermissions::from_request(body.as_bytes()).unwrap_err();
    assert_eq!(members(error), [("limit", problem)]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_members() {
    let error = read(&json!({ "explain": 1, "id": 7, "limit": "x" })).unwrap_err();
    assert_eq!(error.to_string(), "`query` is missing");
    assert_eq!(
        members(error),
        [
            ("query", Problem::Missing),
            ("limit", Problem::Type("a whole number")),
            ("id", Problem::Type("a string")),
            ("explain", Problem::Type("a boolean or `\"policies\"`")),
        ]
    );
}

#[rstest]
#[case::twice(r#"{"query":"a","limit":1,"query":"a"}"#)]
#[case::half_of_a_pair(r#"{"query":"\ud800","limit":1}"#)]
#[case::cut(r#"{"query":"a","limit":1"#)]
fn what_is_no_json_object_has_no_members(#[case] body: &str) {
    let error = GetPermissions::from_request(body.as_bytes()).unwrap_err();
    assert!(
        matches!(error, RequestError::Malformed(MalformedJson::Syntax { .. })),
        "{error:?}"
    );
}

proptest! {
    #[test]
    fn bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _outcome = GetPermissions::from_request(&body);
        let _outcome = NextPage::from_request(&body);
        let _outcome = Suggest::from_request(&body);
    }
}

fn page(token: Option<&str>) -> PageMembers<'static> {
    PageMembers {
        next_page_token: token.map(str::to_owned),
        searched_names: vec!["logs", "*"],
        row_count: None,
        total_rows: 1243,
    }
}

#[test]
fn a_search_has_its_members_in_the_order_of_the_documentation() {
    let mut text = format!(r#"{SEARCH_START}{{"row":1}},{{"row":2}}"#).into_bytes();
    let search: SearchMembers<'_, (), ()> = SearchMembers::new("0f", "config \"…\"");
    end_search(&mut text, &page(None), &search).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        concat!(
            r#"{"data":{"items":[{"row":1},{"row":2}],"nextPageToken":null,"#,
            r#""searchedDestCloudResourceNames":["logs","*"],"totalRows":1243},"description":"","id":"0f","name":"","#,
            r#""query":"config \"…\"","saved":false,"searchType":"iam","timeRange":{"type":"to_now","value":"epoch"},"#,
            r#""complete":true,"incompleteBecause":[],"notEvaluated":[],"snapshot":null}"#
        )
    );
}

#[test]
fn what_is_known_beside_the_rows_stands_behind_the_documented_members() {
    let search = SearchMembers::new("0f", "q")
        .with_warnings(vec!["remark"])
        .with_incompleteness(vec!["sessions"], vec!["session policies"])
        .with_snapshot(Some(SnapshotReply {
            id: "s",
            created_at: "2026-03-31T00:00:00Z".to_owned(),
            is_outdated: false,
        }));
    let text = serde_json::to_string(&search).unwrap();
    let (_, ours) = text.split_once(r#""value":"epoch"},"#).unwrap();
    assert_eq!(
        ours,
        r#""warnings":["remark"],"complete":false,"incompleteBecause":["sessions"],"notEvaluated":["session policies"],"snapshot":{"id":"s","createdAt":"2026-03-31T00:00:00Z"}}"#
    );
}

#[test]
fn a_further_page_is_the_data_itself() {
    let mut text = PAGE_START.as_bytes().to_vec();
    end_page(&mut text, &page(Some("t"))).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        r#"{"items":[],"nextPageToken":"t","searchedDestCloudResourceNames":["logs","*"],"totalRows":1243}"#
    );
}

fn read_v4(body: &Value, limit: Option<&str>) -> Result<GetPermissionsV4, RequestError> {
    GetPermissionsV4::from_request(body.to_string().as_bytes(), limit)
}

#[test]
fn a_search_needs_a_query_or_an_id() {
    assert_eq!(
        members(read(&json!({ "limit": 1 })).unwrap_err()),
        [("query", Problem::Missing)]
    );
    let by_id = read(&json!({ "limit": 1, "id": "x" })).unwrap();
    assert_eq!((by_id.query, by_id.id.as_deref()), (None, Some("x")));
    assert_eq!(
        members(read_v4(&json!({ "searchId": "" }), None).unwrap_err()),
        [("query", Problem::Missing)]
    );
    for body in [
        json!({ "searchId": "x", "query": "" }),
        json!({ "nextPageToken": "x" }),
    ] {
        assert_eq!(read_v4(&body, None).unwrap().query, None);
    }
}

#[test]
fn no_field_and_every_field_are_the_rows() {
    let group_by = |fields: Value| {
        let body = json!({ "query": "q", "groupByFields": fields });
        read_v4(&body, None).map(|request| request.group_by)
    };
    let all: Vec<&str> = GroupByField::ALL.into_iter().map(GroupByField::as_str).collect();
    assert_eq!(group_by(json!(null)), Ok(None));
    assert_eq!(group_by(json!([])), Ok(Some(GroupBy::ROWS)));
    assert_eq!(group_by(json!(all)), Ok(Some(GroupBy::ROWS)));
    let source = group_by(json!(["source", "source"])).unwrap().unwrap();
    assert!(source.has(GroupByField::Source) && !source.has(GroupByField::Action) && !source.is_rows());
    assert_eq!(GroupBy::from_bits(source.bits()), Some(source));
    assert_eq!((GroupBy::from_bits(0), GroupBy::from_bits(1 << 11)), (None, None));
    let error = group_by(json!(["source", "Source"])).unwrap_err();
    assert!(error.to_string().ends_with("the fields are `source`, `sourceCloudAccount`, `grantedByEntity`, `entityCloudAccount`, `grantedByPolicy`, `policyCloudAccount`, `grantedByLevel`, `action`, `destination`, `destCloudAccount`, `lastAccess`"));
    assert_eq!(
        members(group_by(json!("source")).unwrap_err()),
        [("groupByFields", Problem::Type("a list of strings"))]
    );
}

#[rstest]
#[case(None, Ok(1_000))]
#[case(Some("10000"), Ok(10_000))]
#[case(Some("0"), Err(Problem::LimitRange))]
#[case(Some("10001"), Err(Problem::LimitRange))]
#[case(Some(""), Err(Problem::Type("a whole number")))]
#[case(Some("-"), Err(Problem::Type("a whole number")))]
#[case(Some("ten"), Err(Problem::Type("a whole number")))]
fn the_limit_stands_in_the_query_string(
    #[case] limit: Option<&str>,
    #[case] expected: Result<usize, Problem>,
) {
    let found = read_v4(&json!({ "query": "q" }), limit).map(|request| request.limit.rows());
    match expected {
        Ok(rows) => assert_eq!(found, Ok(rows)),
        Err(problem) => assert_eq!(members(found.unwrap_err()), [("limit", problem)]),
    }
}

#[test]
fn a_search_is_saved_whatever_saved_says() {
    let save = |body: Value| SaveSearch::from_request(body.to_string().as_bytes());
    let request =
        save(json!({ "name": "n", "query": "q", "saved": false, "id": "x", "timeRange": {} })).unwrap();
    let expected = ("n", "q", "");
    assert_eq!((&*request.name, &*request.query, &*request.description), expected);
    assert_eq!(
        members(save(json!({ "name": "" })).unwrap_err()),
        [("query", Problem::Missing), ("name", Problem::Missing)]
    );
    let long = json!({ "name": "é".repeat(201), "query": "q", "description": "d".repeat(1_001) });
    assert_eq!(
        members(save(long).unwrap_err()),
        [
            ("name", Problem::Length(200)),
            ("description", Problem::Length(1_000))
        ]
    );
}
