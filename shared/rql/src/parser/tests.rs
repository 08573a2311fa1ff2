//! Malformed queries must fail at the right place, with the right expectation.

use rstest::rstest;

use crate::error::QueryError;
use crate::tree::Query;

/// Returns the error as a reader sees it: code, place, sentence, expected tokens, suggestion.
fn refused(text: &str) -> String {
    let error = Query::parse(text).unwrap_err();
    let QueryError { position, .. } = &error;
    format!(
        "{} at {}+{}: {error}\n{}",
        error.code(),
        position.offset,
        position.length,
        error.details().join("\n")
    )
}

#[rstest]
#[case::empty("", "rql_syntax", 0, 0)]
#[case::other_start("select * from iam", "rql_syntax", 0, 6)]
#[case::missing_where("config from iam source.public = true", "rql_syntax", 16, 13)]
#[case::nothing_after_where("config from iam where", "rql_syntax", 21, 0)]
#[case::other_view("config from cloud.resource where source.public = true", "rql_syntax", 12, 14)]
#[case::missing_and(
    "config from iam where source.public = true dest.cloud.type = 'AWS'",
    "rql_syntax",
    43,
    15
)]
#[case::and_at_end("config from iam where source.public = true AND", "rql_syntax", 46, 0)]
#[case::and_twice(
    "config from iam where source.public = true AND AND source.public = true",
    "rql_syntax",
    47,
    3
)]
#[case::open_string("config from iam where action.name = 's3:GetObject", "rql_syntax", 36, 13)]
#[case::open_string_before_another(
    "config from iam where action.name = 's3:GetObject AND dest.cloud.type = 'AWS'",
    "rql_syntax",
    36,
    37
)]
#[case::open_list("config from iam where action.name IN ('a:B', 'a:C'", "rql_syntax", 50, 0)]
#[case::open_list_goes_on(
    "config from iam where action.name IN ('a:B' AND source.public = true",
    "rql_syntax",
    44,
    3
)]
#[case::empty_list("config from iam where action.name IN ()", "rql_syntax", 38, 1)]
#[case::comma_at_end("config from iam where action.name IN ('a:B',)", "rql_syntax", 44, 1)]
#[case::no_list("config from iam where action.name IN 'a:B'", "rql_syntax", 37, 5)]
#[case::open_group("config from iam where (source.public = true", "rql_syntax", 43, 0)]
#[case::group_closed_twice("config from iam where (source.public = true))", "rql_syntax", 44, 1)]
#[case::double_quotes("config from iam where action.name = \"a:B\"", "rql_syntax", 36, 1)]
#[case::typographic_quotes("config from iam where action.name = ‘a:B’", "rql_syntax", 36, 1)]
#[case::no_break_space("config\u{a0}from iam where source.public = true", "rql_syntax", 6, 1)]
#[case::negative_integer("config from iam where action.lastaccess.days > -1", "rql_syntax", 47, 1)]
#[case::large_integer(
    "config from iam where action.lastaccess.days > 4294967296",
    "rql_syntax",
    47,
    10
)]
#[case::unit("config from iam where action.lastaccess.days > 90d", "rql_syntax", 47, 3)]
#[case::double_equals("config from iam where action.name == 'a:B'", "rql_syntax", 34, 2)]
#[case::other_and(
    "config from iam where source.public = true && source.public = true",
    "rql_syntax",
    43,
    2
)]
#[case::misspelt_and(
    "config from iam where source.public = true ADN source.public = true",
    "rql_syntax",
    43,
    3
)]
#[case::start_without_s("config from iam where action.name START WITH 'a'", "rql_syntax", 34, 5)]
#[case::half_operator("config from iam where action.name STARTS 'a'", "rql_syntax", 41, 3)]
#[case::joined_operator("config from iam where action.name STARTSWITH 'a'", "rql_syntax", 34, 10)]
#[case::no_operator("config from iam where action.name 'a'", "rql_syntax", 34, 3)]
#[case::unknown_operator("config from iam where action.name MATCHES 'a'", "rql_syntax", 34, 7)]
#[case::no_value(
    "config from iam where action.name = AND source.public = true",
    "rql_syntax",
    36,
    3
)]
#[case::keyless_tag("config from iam where dest.cloud.resource.tag EXISTS", "rql_syntax", 46, 6)]
#[case::aggregation(
    "config from iam where source.public = true; limit search records to 10",
    "rql_syntax",
    42,
    1
)]
#[case::misspelt_attribute(
    "config from iam where dest.cloud.resource.tpye = 'key'",
    "rql_unknown_attribute",
    22,
    24
)]
#[case::undotted_attribute("config from iam where public = true", "rql_unknown_attribute", 22, 6)]
#[case::segment_missing(
    "config from iam where grantedby.cloud.condition EXISTS",
    "rql_unknown_attribute",
    22,
    25
)]
#[case::unattested_attribute(
    "config from iam where source.cloud.wildcardscope = true",
    "rql_unknown_attribute",
    22,
    26
)]
#[case::unknown_account(
    "config from iam where source.cloud.account != dest.cloud.acount",
    "rql_unknown_attribute",
    46,
    17
)]
#[case::second_line(
    "config from iam where source.public = true\nAND dest.cloud.kind = 'x'",
    "rql_unknown_attribute",
    47,
    15
)]
#[case::like_elsewhere(
    "config from iam where source.cloud.account LIKE 'x'",
    "rql_invalid_operator",
    43,
    4
)]
#[case::not_like_elsewhere(
    "config from iam where action.name NOT LIKE 'x'",
    "rql_invalid_operator",
    38,
    4
)]
#[case::contains_all_elsewhere(
    "config from iam where dest.cloud.type CONTAINS ALL ('x')",
    "rql_invalid_operator",
    47,
    3
)]
#[case::in_on_bool(
    "config from iam where source.public IN ('true')",
    "rql_invalid_operator",
    36,
    2
)]
#[case::text_operator_on_int(
    "config from iam where action.lastaccess.days STARTS WITH '1'",
    "rql_invalid_operator",
    45,
    6
)]
#[case::order_on_text("config from iam where action.name > 'a'", "rql_invalid_operator", 34, 1)]
#[case::exists_on_text(
    "config from iam where action.name DOES NOT EXIST",
    "rql_invalid_operator",
    43,
    5
)]
#[case::condition_without_key(
    "config from iam where grantedby.cloud.policy.condition = 'x'",
    "rql_invalid_operator",
    55,
    1
)]
#[case::condition_list_without_key(
    "config from iam where grantedby.cloud.policy.condition NOT IN ('x')",
    "rql_invalid_operator",
    55,
    3
)]
#[case::condition_prefix(
    "config from iam where grantedby.cloud.policy.condition('k') STARTS WITH 'x'",
    "rql_invalid_operator",
    60,
    6
)]
#[case::all_below_not(
    "config from iam where NOT action.name CONTAINS ALL ('a')",
    "rql_invalid_operator",
    47,
    3
)]
#[case::all_in_inner_or(
    "config from iam where source.public = true AND (source.public = true OR action.name CONTAINS ALL ('a'))",
    "rql_invalid_operator",
    93,
    3
)]
#[case::all_before_inner_or(
    "config from iam where source.public = true AND (action.name CONTAINS ALL ('a') OR source.public = true)",
    "rql_invalid_operator",
    69,
    3
)]
#[case::all_in_or_before_and(
    "config from iam where (action.name CONTAINS ALL ('a') OR source.public = true) AND source.public = true",
    "rql_invalid_operator",
    44,
    3
)]
#[case::covers_below_not(
    "config from iam where NOT dest.cloud.resource.id COVERS 'arn:aws:s3:::a'",
    "rql_invalid_operator",
    49,
    6
)]
#[case::covers_in_or(
    "config from iam where dest.cloud.resource.id COVERS 'arn:aws:s3:::a' OR source.public = true",
    "rql_invalid_operator",
    45,
    6
)]
#[case::covers_in_inner_or(
    "config from iam where source.public = true AND (dest.cloud.resource.id COVERS 'arn:aws:s3:::a' OR source.public = true)",
    "rql_invalid_operator",
    71,
    6
)]
#[case::covers_twice(
    "config from iam where dest.cloud.resource.id COVERS 'arn:aws:s3:::a' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::b'",
    "rql_invalid_operator",
    96,
    6
)]
#[case::covers_a_pattern(
    "config from iam where dest.cloud.resource.id COVERS 'arn:aws:s3:::a*'",
    "rql_invalid_operator",
    52,
    17
)]
#[case::covers_a_name(
    "config from iam where dest.cloud.resource.id COVERS 'bucket'",
    "rql_invalid_operator",
    52,
    8
)]
#[case::covers_of_another_attribute(
    "config from iam where dest.cloud.resource.name COVERS 'arn:aws:s3:::a'",
    "rql_invalid_operator",
    47,
    6
)]
#[case::quoted_bool("config from iam where source.public = 'true'", "rql_invalid_value", 38, 6)]
#[case::misspelt_bool("config from iam where source.public = ture", "rql_invalid_value", 38, 4)]
#[case::quoted_integer(
    "config from iam where action.lastaccess.days > '90'",
    "rql_invalid_value",
    47,
    4
)]
#[case::bare_text("config from iam where dest.cloud.type = AWS", "rql_invalid_value", 40, 3)]
#[case::integer_for_text(
    "config from iam where source.cloud.account = 111122223333",
    "rql_invalid_value",
    45,
    12
)]
#[case::small_integer_for_text(
    "config from iam where source.cloud.account = 1111",
    "rql_invalid_value",
    45,
    4
)]
#[case::attribute_for_text(
    "config from iam where source.cloud.region = dest.cloud.region",
    "rql_invalid_value",
    44,
    17
)]
#[case::account_with_itself(
    "config from iam where source.cloud.account = source.cloud.account",
    "rql_invalid_value",
    45,
    20
)]
#[case::bare_list_item("config from iam where action.name IN ('a', b)", "rql_invalid_value", 43, 1)]
fn malformed_queries_fail_at_the_place(
    #[case] text: &str,
    #[case] code: &str,
    #[case] offset: u32,
    #[case] length: u32,
) {
    let error = Query::parse(text).unwrap_err();
    let place = (error.position.offset, error.position.length);
    assert_eq!(
        (error.code(), place),
        (code, (offset, length)),
        "{error} {:?}",
        error.details()
    );
}

#[test]
fn errors_read_well() {
    let texts = [
        "config from iam where source.public = true dest.cloud.type = 'AWS'",
        "config from iam where action.name IN ('a:B', 'a:C'",
        "config from iam where action.name = 's3:GetObject",
        "config from iam where action.name = “a:B”",
        "config from iam where\u{a0}source.public = true",
        "config from iam where source.public = true\nAND grantedby.cloud.condition EXISTS",
        "config from iam where source.cloud.account LIKE 'x'",
        "config from iam where source.cloud.account != ",
        "config from iam where action.name STARTSWITH 'a'",
        "config from iam where action.name CONTAINS",
        "config from iam where action.name == 'a'",
        "config from iam where source.public = 'true'",
        "config from iam where grantedby.cloud.policy.condition = 'x'",
        "config from iam where NOT action.name CONTAINS ALL ('a')",
        "config from iam where dest.cloud.resource.id COVERS 'arn:aws:s3:::a*'",
        "config from iam where NOT dest.cloud.resource.id COVERS 'arn:aws:s3:::a'",
        "config from iam where action.lastaccess.days > 90d",
        "config from iam where dest.cloud.resource.tag('k') EXIST",
    ];
    let messages: Vec<String> = texts
        .iter()
        .map(|text| format!("{text}\n{}\n", refused(text)))
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

fn repeated(head: &str, piece: &str, joint: &str, times: usize, tail: &str) -> String {
    format!(
        "config from iam where {head}{}{tail}",
        vec![piece; times].join(joint)
    )
}

#[rstest]
#[case::predicates(
    repeated("", "source.public=true", " AND ", 256, ""),
    repeated("", "source.public=true", " AND ", 257, "")
)]
#[case::items(
    repeated("action.name IN (", "'a:B'", ",", 1000, ")"),
    repeated("action.name IN (", "'a:B'", ",", 1001, ")")
)]
#[case::parentheses(repeated("", "(", "", 32, &format!("source.public=true{}", ")".repeat(32))), repeated("", "(", "", 33, ""))]
#[case::nots(
    repeated("", "NOT ", "", 32, "source.public=true"),
    repeated("", "NOT ", "", 33, "source.public=true")
)]
#[case::characters(repeated("action.name='", "ü", "", 16_384 - 36, "'"), repeated("action.name='", "ü", "", 16_384 - 35, "'"))]
fn bounds_are_exact(#[case] fits: String, #[case] exceeds: String) {
    assert!(
        Query::parse(&fits).is_ok(),
        "{:?}",
        Query::parse(&fits).map(|_| ())
    );
    assert_eq!(Query::parse(&exceeds).unwrap_err().code(), "rql_too_large");
}

#[test]
fn a_million_parentheses_do_not_end_the_process() {
    for piece in ["(", "NOT ", "("] {
        let text = repeated("", piece, "", 4_000, "");
        assert_eq!(Query::parse(&text).unwrap_err().code(), "rql_too_large");
    }
    assert_eq!(
        Query::parse(&"(".repeat(1_000_000)).unwrap_err().code(),
        "rql_too_large"
    );
}

#[test]
fn precedence_is_not_before_and_before_or() {
    let canonical = |text: &str| {
        Query::parse(&format!("config from iam where {text}"))
            .unwrap()
            .to_string()
    };
    let (a, b, c) = (
        "source.public = true",
        "source.mfaenabled = true",
        "dest.cloud.wildcardscope = true",
    );
    let explicit = canonical(&format!("(({a}) or (((not {b})) and ({c})))"));
    assert_eq!(canonical(&format!("{a} or not {b} and {c}")), explicit);
    assert_eq!(
        explicit,
        format!("CONFIG FROM IAM WHERE {a} OR NOT {b} AND {c}"),
        "groups that change nothing disappear"
    );
}

#[test]
fn a_query_covers_one_resource_whose_case_counts() {
    let query = |resource: &str| {
        Query::parse(&format!(
            "config from iam where (dest.cloud.resource.id covers '{resource}' AND source.public = true) AND action.name = 'a:B'"
        ))
        .unwrap()
    };
    let one = query("arn:aws:s3:::data/Report");
    assert_eq!(one.covered_resource(), Some("arn:aws:s3:::data/Report"));
    assert!(
        one.to_string()
            .contains("dest.cloud.resource.id COVERS 'arn:aws:s3:::data/Report' AND")
    );
    assert_eq!(
        Query::parse(&one.to_string()).unwrap().expression(),
        one.expression()
    );
    assert_ne!(one.identity(), query("arn:aws:s3:::data/report").identity());
    assert_eq!(
        Query::parse("config from iam where source.public = true")
            .unwrap()
            .covered_resource(),
        None
    );
}

/// A program puts the suggestion in the place of the text that the error points at.
#[rstest]
#[case("source.public = 'true'", "true")]
#[case("action.lastaccess.days > '90'", "90")]
#[case("source.cloud.account = 111122223333", "'111122223333'")]
#[case("source.cloud.account = 7", "'7'")]
#[case("action.name = iam:PassRole", "'iam:PassRole'")]
#[case("action.name IN ('s3:GetObject', s3:PutObject)", "'s3:PutObject'")]
#[case(
    "dest.cloud.resource.id = arn:aws:s3:::b/k AND source.public = true",
    "'arn:aws:s3:::b/k'"
)]
fn a_value_with_the_wrong_quotes_is_suggested_with_the_right_ones(
    #[case] condition: &str,
    #[case] suggested: &str,
) {
    let text = format!("config from iam where {condition}");
    let error = Query::parse(&text).unwrap_err();
    assert_eq!(error.suggestion.as_deref(), Some(suggested));
    let start = error.position.offset as usize;
    let end = start + error.position.length as usize;
    let mut mended = text;
    mended.replace_range(start..end, suggested);
    assert!(Query::parse(&mended).is_ok(), "{mended}");
}

#[rstest]
#[case("action.name = AND source.public = true")]
#[case("action.name = ")]
#[case("source.public = 111122223333")]
fn where_no_text_was_meant_no_quotes_are_suggested(#[case] condition: &str) {
    let error = Query::parse(&format!("config from iam where {condition}")).unwrap_err();
    assert_eq!(error.suggestion, None);
}
