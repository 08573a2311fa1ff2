use rstest::rstest;
use serde_json::json;

use super::*;
use crate::account::AccountId;
use crate::request::Violations;

#[rstest]
#[case::none(None, Ok(IfMatch::Any))]
#[case::star(Some(" * "), Ok(IfMatch::Any))]
#[case::one(Some(r#""3""#), Ok(IfMatch::Versions(vec![3])))]
#[case::several(Some(r#""3" , ,"12""#), Ok(IfMatch::Versions(vec![3, 12])))]
#[case::weak(Some(r#"W/"3", "4""#), Ok(IfMatch::Versions(vec![4])))]
#[case::foreign(Some(r#""a,b", "03", "+3", """#), Ok(IfMatch::Versions(vec![])))]
#[case::empty(Some(""), Err(InvalidIfMatch))]
#[case::commas(Some(", ,"), Err(InvalidIfMatch))]
#[case::unquoted(Some("3"), Err(InvalidIfMatch))]
#[case::open(Some(r#""3"#), Err(InvalidIfMatch))]
#[case::blank_within(Some(r#""3 4""#), Err(InvalidIfMatch))]
#[case::no_comma(Some(r#""3" "4""#), Err(InvalidIfMatch))]
#[case::star_in_list(Some(r#"*, "3""#), Err(InvalidIfMatch))]
#[case::lower_case_weak(Some(r#"w/"3""#), Err(InvalidIfMatch))]
fn if_match_is_read_as_rfc_9110_says(
    #[case] header: Option<&str>,
    #[case] expected: Result<IfMatch, InvalidIfMatch>,
) {
    assert_eq!(IfMatch::from_header(header), expected);
}

#[rstest]
#[case(None, 1, false)]
#[case(Some("*"), 1, true)]
#[case(Some("\"1\""), 1, true)]
#[case(Some("W/\"1\""), 1, true)]
#[case(Some("\"x\", \"2\""), 2, true)]
#[case(Some("\"1\""), 2, false)]
fn a_version_that_the_caller_has_is_not_sent_again(
    #[case] header: Option<&str>,
    #[case] version: u64,
    #[case] has: bool,
) {
    assert_eq!(IfNoneMatch::from_header(header).unwrap().has(version), has);
}

#[test]
fn an_if_none_match_that_is_no_list_of_tags_is_refused() {
    assert_eq!(IfNoneMatch::from_header(Some("1")), Err(InvalidIfNoneMatch));
}

#[test]
fn if_match_holds_100_tags_and_no_more() {
    let tags = |count| vec![r#""1""#; count].join(",");
    assert!(IfMatch::from_header(Some(&tags(100))).is_ok());
    assert_eq!(IfMatch::from_header(Some(&tags(101))), Err(InvalidIfMatch));
}

fn list(parameters: &[(&str, &'static str)]) -> Result<ListPolicies, Violations> {
    let value = |name: &str| parameters.iter().find(|(other, _)| *other == name);
    ListPolicies::from_request(|name| Ok(value(name).map(|(_, value)| *value)))
}

#[rstest]
#[case(&[("page", "-1")], "page")]
#[case(&[("page", "+1")], "page")]
#[case(&[("page", "")], "page")]
#[case(&[("size", "0")], "size")]
#[case(&[("size", "101")], "size")]
#[case(&[("type", "user_created")], "type")]
#[case(&[("searchColumn", "policyName")], "searchWord")]
#[case(&[("searchColumn", "policyDesc"), ("searchWord", "a")], "searchColumn")]
#[case(&[("searchWord", "a")], "searchColumn")]
fn a_bad_parameter_of_a_list_is_named(#[case] parameters: &[(&str, &'static str)], #[case] expected: &str) {
    let violations = list(parameters).unwrap_err();
    let paths: Vec<&str> = violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert_eq!(paths, [expected]);
}

fn policies(count: usize) -> Vec<PolicySummary> {
    (0..count)
        .map(|index| PolicySummary {
            policy_id: format!("id-{index}"),
            policy_name: format!("Name-{index}"),
            policy_type: if index % 2 == 0 {
                PolicyType::UserCreated
            } else {
                PolicyType::SystemManaged
            },
            policy_desc: String::new(),
        })
        .collect()
}

fn page(parameters: &[(&str, &'static str)], count: usize) -> serde_json::Value {
    let account: AccountId = "111122223333".parse().unwrap();
    serde_json::to_value(list(parameters).unwrap().page(&account, policies(count))).unwrap()
}

#[rstest]
#[case::none_at_all(&[], 0, json!([0, 0, 0, false, false, true, true, 0]))]
#[case::default(&[], 11, json!([0, 2, 11, false, true, true, false, 10]))]
#[case::last(&[("page", "1")], 11, json!([1, 2, 11, true, false, false, true, 1]))]
#[case::exactly_full(&[("size", "5")], 5, json!([0, 1, 5, false, false, true, true, 5]))]
#[case::past_the_end(&[("page", "18446744073709551615")], 5, json!([u64::MAX, 1, 5, true, false, false, true, 0]))]
#[case::search(&[("searchColumn", "policyName"), ("searchWord", "NAME-1")], 12, json!([0, 1, 3, false, false, true, true, 3]))]
#[case::of_a_type(&[("type", "SYSTEM_MANAGED")], 5, json!([0, 1, 2, false, false, true, true, 2]))]
fn pages_are_counted(
    #[case] parameters: &[(&str, &'static str)],
    #[case] count: usize,
    #[case] expected: serde_json::Value,
) {
    let page = page(parameters, count);
    let found = json!([
        page["page"],
        page["totalPages"],
        page["totalItems"],
        page["hasPrevious"],
        page["hasNext"],
        page["isFirst"],
        page["isLast"],
        page["items"].as_array().unwrap().len(),
    ]);
    assert_eq!(found, expected);
}

#[rstest]
#[case(json!({}), &["policyIdList"])]
#[case(json!({"policyIdList": null}), &["policyIdList"])]
#[case(json!({"policyIdList": "a"}), &["policyIdList"])]
#[case(json!({"policyIdList": []}), &["policyIdList"])]
#[case(json!({"policyIdList": vec!["a"; 51]}), &["policyIdList"])]
#[case(json!({"policyIdList": ["a", null, 5]}), &["policyIdList[1]", "policyIdList[2]"])]
fn a_bad_list_of_ids_is_refused(#[case] body: serde_json::Value, #[case] expected: &[&str]) {
    let violations =
        PolicyIdList::from_request(&crate::json::object(body.to_string().as_bytes()).unwrap()).unwrap_err();
    let paths: Vec<&str> = violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert_eq!(paths, expected);
}

#[rstest]
#[case("a", true)]
#[case("9d1f-Z", true)]
#[case("", false)]
#[case("a#b", false)]
#[case("a_b", false)]
#[case("é", false)]
fn sub_accounts_are_letters_digits_and_hyphens(#[case] text: &str, #[case] good: bool) {
    assert_eq!(SubAccountId::parse(text).is_some(), good);
    assert!(SubAccountId::parse(&"a".repeat(64)).is_some());
    assert!(SubAccountId::parse(&"a".repeat(65)).is_none());
}
