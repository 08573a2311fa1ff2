//! These tests read authorization details.

use crate::{DocumentKind, Inventory, InventoryDocument, read_authorization_details};
use rstest::rstest;

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get+*","Resource":"*"}]}"#;

fn user_with(document: &str) -> String {
    format!(
        r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/team/alice","UserName":"alice","UserId":"AIDA1",
        "Tags":null,"GroupList":["dev"],"UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{document}}}],
        "PermissionsBoundary":{{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/b"}}}}]}}"#
    )
}

pub(super) fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'+' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[test]
fn a_document_reads_the_same_as_object_string_or_percent_encoding() {
    let string = serde_json::to_string(DOCUMENT).unwrap();
    let encoded = serde_json::to_string(&percent_encoded(DOCUMENT)).unwrap();
    let read = |document: &str| read_authorization_details(&user_with(document)).unwrap();
    let plain = read(DOCUMENT);
    assert_eq!(plain, read(&string));
    assert_eq!(plain, read(&encoded));
    let user = &plain.users[0];
    assert_eq!(
        (user.name.as_str(), user.groups.as_slice()),
        ("alice", &["dev".to_owned()][..])
    );
    assert_eq!(
        user.boundary.as_deref(),
        Some("arn:aws:iam::111122223333:policy/b")
    );
    let statement = user.inline[0].document.valid().next().unwrap();
    assert_eq!(statement.actions.entries(), ["s3:Get+*"], "a plus is a plus");
}

#[test]
fn pages_come_alone_in_an_array_or_one_after_another() {
    let alice = user_with(DOCUMENT);
    let bob = alice.replace("alice", "bob");
    let array = read_authorization_details(&format!("[{alice},{bob}]")).unwrap();
    let stream = read_authorization_details(&format!("{alice}\n{bob}\n")).unwrap();
    assert_eq!(array, stream);
    assert_eq!(array.users.len(), 2);
}

#[test]
fn the_default_version_of_a_managed_policy_is_in_force() {
    let file = |flag: bool| {
        format!(
            r#"{{"Policies":[{{"Arn":"arn:aws:iam::111122223333:policy/p","PolicyName":"p","DefaultVersionId":"v2",
            "PolicyVersionList":[{{"VersionId":"v1","IsDefaultVersion":{flag},"Document":{{"Statement":[]}}}},
            {{"VersionId":"v2","IsDefaultVersion":false,"Document":{DOCUMENT}}}]}}]}}"#
        )
    };
    let statements = |flag| {
        read_authorization_details(&file(flag)).unwrap().policies[0]
            .document
            .statements
            .len()
    };
    assert_eq!((statements(true), statements(false)), (0, 1));
}

#[rstest]
#[case::cut(r#"{"UserDetailList":["#, "the document is not valid JSON: ")]
#[case::number("17", "the document does not have the form of its kind: ")]
#[case::foreign_arn(
    r#"{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:user/x"}]}"#,
    "RoleDetailList[0].Arn: `arn:aws:iam::111122223333:user/x` is not the ARN of an IAM role"
)]
#[case::twice(
    r#"[{"GroupDetailList":[{"Arn":"arn:aws:iam::111122223333:group/g"}]},{"GroupDetailList":[{"Arn":"arn:aws:iam::111122223333:group/g"}]}]"#,
    "[1].GroupDetailList[0].Arn: `arn:aws:iam::111122223333:group/g` is given more than once"
)]
#[case::broken_document(
    &user_with(r#"{"Statement":[],"Statement":[]}"#),
    "UserDetailList[0].UserPolicyList[0].PolicyDocument: malformed JSON: the member `Statement` is named twice"
)]
#[case::broken_string(
    &user_with(r#""%7B%FF""#),
    "UserDetailList[0].UserPolicyList[0].PolicyDocument: the percent-encoded document is not UTF-8"
)]
#[case::cut_between_pages(
    r#"[{"UserDetailList":[],"IsTruncated":true,"Marker":"m"}]"#,
    "[0].IsTruncated says that more pages follow, and no last page is there"
)]
#[case::cut_by_max_items(
    r#"{"UserDetailList":[],"NextToken":"eyJ"}"#,
    "NextToken says that more pages follow, and no last page is there"
)]
#[case::cut_by_no_paginate(
    r#"{"UserDetailList":[],"Marker":"m"}"#,
    "Marker says that more pages follow, and no last page is there"
)]
#[case::without_lists(
    r#"[{"UserDetailList":[]},{"reports":[]}]"#,
    "[1] has none of the members UserDetailList, GroupDetailList, RoleDetailList and Policies"
)]
#[case::group_that_is_cut_off(
    r#"{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/u","GroupList":["Dev"]}],"GroupDetailList":[{"Arn":"arn:aws:iam::111122223333:group/ops"}]}"#,
    "UserDetailList[0].GroupList[0]: the document does not hold `Dev`, so that a part of the document is missing"
)]
#[case::policy_that_is_cut_off(
    r#"{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/r","AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/p"}]}],
    "Policies":[{"Arn":"arn:aws:iam::111122223333:policy/q","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{"Statement":[]}}]}]}"#,
    "RoleDetailList[0].AttachedManagedPolicies[0]: the document does not hold `arn:aws:iam::111122223333:policy/p`"
)]
#[case::no_version(
    r#"{"Policies":[{"Arn":"arn:aws:iam::111122223333:policy/p","PolicyVersionList":[]}]}"#,
    "Policies[0]: no version of the policy is the default version"
)]
fn a_broken_file_is_refused_whole_and_the_message_says_where(#[case] file: &str, #[case] message: &str) {
    let error = read_authorization_details(file).unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
}

#[test]
fn an_invalid_statement_is_a_finding_not_an_error() {
    let file = user_with(r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#);
    let details = read_authorization_details(&file).unwrap();
    assert_eq!(details.users[0].inline[0].document.valid().count(), 0);
    assert_eq!(
        details.findings[0].location,
        "UserDetailList[0].UserPolicyList[0].PolicyDocument"
    );
}

#[test]
fn a_document_in_the_folder_of_an_account_is_about_that_account() {
    let text = user_with(DOCUMENT);
    let document = InventoryDocument::read(DocumentKind::AuthorizationDetails, &text).unwrap();
    assert!(document.is_of("111122223333").is_ok());
    assert_eq!(
        document.is_of("444455556666").unwrap_err().to_string(),
        "`arn:aws:iam::111122223333:user/team/alice` does not belong to the account 444455556666, in whose folder the document is"
    );
}

#[test]
fn a_last_page_may_come_first_and_a_token_that_is_null_is_none() {
    let first = r#"{"UserDetailList":[],"IsTruncated":true,"Marker":"m"}"#;
    let last = r#"{"RoleDetailList":[],"IsTruncated":false,"Marker":null,"NextToken":null}"#;
    assert!(read_authorization_details(&format!("[{last},{first}]")).is_ok());
    assert!(read_authorization_details(&format!("{last}{first}")).is_ok());
    assert!(read_authorization_details(last).is_ok());
}

#[test]
fn what_a_filter_left_out_is_missing_with_the_principals_that_need_it() {
    let text = r#"{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/u","GroupList":["dev"],
        "PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/b"}}],
        "RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/r","AttachedManagedPolicies":[
            {"PolicyName":"p","PolicyArn":"arn:aws:iam::111122223333:policy/p"}],
            "InstanceProfileList":[{"Arn":"arn:aws:iam::111122223333:instance-profile/i"}],
            "RoleLastUsed":{"LastUsedDate":"2026-03-30T23:00:00-02:00","Region":"eu-west-1"}}]}"#;
    let inventory = Inventory {
        details: read_authorization_details(text).unwrap(),
        ..Inventory::default()
    };
    let missing: Vec<_> = inventory
        .missing()
        .into_iter()
        .map(|one| {
            (
                one.kind.as_str(),
                one.name,
                one.principals.into_iter().collect::<Vec<_>>(),
            )
        })
        .collect();
    let (user, role) = (
        "arn:aws:iam::111122223333:user/u",
        "arn:aws:iam::111122223333:role/r",
    );
    let expected = [
        ("managed policy", "arn:aws:iam::111122223333:policy/p", role),
        ("permissions boundary", "arn:aws:iam::111122223333:policy/b", user),
        ("group", "111122223333/dev", user),
    ];
    let expected = expected.map(|(kind, name, of)| (kind, name.to_owned(), vec![of.to_owned()]));
    assert_eq!(missing, expected);
    let role = &inventory.details.roles[0];
    assert_eq!(
        role.instance_profiles,
        ["arn:aws:iam::111122223333:instance-profile/i"]
    );
    assert_eq!(role.last_used, Some(jiff::civil::date(2026, 3, 31)));
}
