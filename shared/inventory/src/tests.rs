use super::*;
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

fn percent_encoded(text: &str) -> String {
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
#[case::cut(r#"{"UserDetailList":["#, "not an inventory file of this kind")]
#[case::number("17", "not an inventory file of this kind")]
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
    "UserDetailList[0].UserPolicyList[0].PolicyDocument: duplicate key `Statement`"
)]
#[case::broken_string(
    &user_with(r#""%7B%FF""#),
    "UserDetailList[0].UserPolicyList[0].PolicyDocument: the percent-encoded document is not UTF-8"
)]
#[case::cut_between_pages(
    r#"[{"UserDetailList":[],"IsTruncated":true,"Marker":"m"}]"#,
    "IsTruncated: IsTruncated is true, so that pages are missing"
)]
#[case::no_version(
    r#"{"Policies":[{"Arn":"arn:aws:iam::111122223333:policy/p","PolicyVersionList":[]}]}"#,
    "Policies[0]: no version is the default one"
)]
fn a_broken_file_is_refused_whole_and_the_place_is_named(#[case] file: &str, #[case] message: &str) {
    let error = read_authorization_details(file).unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
}

#[test]
fn an_invalid_statement_is_a_finding_not_an_error() {
    let file = user_with(r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#);
    let details = read_authorization_details(&file).unwrap();
    assert_eq!(details.users[0].inline[0].document.valid().count(), 0);
    assert_eq!(
        details.findings[0].place,
        "UserDetailList[0].UserPolicyList[0].PolicyDocument"
    );
}

#[test]
fn the_owner_of_a_resource_is_in_its_arn_or_the_account_of_the_file() {
    let file = format!(
        r#"{{"account":"111122223333","resourcePolicies":[{{"resourceArn":"arn:aws:s3:::site","policyDocument":{{"Statement":[]}}}},
        {{"resourceArn":"arn:aws:sqs:eu-west-2:444455556666:q","policyDocument":{}}}]}}"#,
        serde_json::to_string(&percent_encoded(r#"{"Statement":[]}"#)).unwrap()
    );
    let read = read_resource_policies(&file).unwrap();
    let owners: Vec<&str> = read.policies.iter().map(|one| one.account.as_str()).collect();
    assert_eq!(owners, ["111122223333", "444455556666"]);
    let twice = file.replace("sqs:eu-west-2:444455556666:q", "s3:::site");
    assert!(matches!(
        read_resource_policies(&twice),
        Err(InventoryError::Duplicate { .. })
    ));
    let no_arn = file.replace("arn:aws:s3:::site", "site");
    assert!(matches!(
        read_resource_policies(&no_arn),
        Err(InventoryError::NotArn { .. })
    ));
}

const ORGANIZATION: &str = r#"{"managementAccount":"999999999999",
    "policies":[{"id":"p-1","name":"Full","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}},
                {"id":"p-2","content":{"Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}}],
    "root":{"policies":["p-1"],"organizationalUnits":[
        {"policies":["p-1","p-2"],"accounts":[{"id":"111122223333","name":"Production","policies":["p-1"]}]}],
        "accounts":[{"id":"999999999999"}]}}"#;

#[test]
fn levels_lead_from_the_root_to_the_account() {
    let organization = read_organization(ORGANIZATION).unwrap();
    let levels: Vec<_> = organization
        .accounts
        .iter()
        .map(|account| (account.id.as_str(), account.levels.as_slice()))
        .collect();
    assert_eq!(
        levels,
        [
            ("999999999999", &[vec![0], vec![]][..]),
            ("111122223333", &[vec![0], vec![0, 1], vec![0]][..]),
        ]
    );
    let dangling = ORGANIZATION.replace(r#"["p-1","p-2"]"#, r#"["p-9"]"#);
    let error = read_organization(&dangling).unwrap_err().to_string();
    assert_eq!(
        error,
        "root.organizationalUnits[0].policies[0]: there is no `p-9`"
    );
}

#[test]
fn units_nested_deeper_than_an_organization_can_be_are_refused() {
    let mut unit = String::from("{}");
    for _ in 0..40 {
        unit = format!(r#"{{"organizationalUnits":[{unit}]}}"#);
    }
    let file = format!(r#"{{"policies":[],"root":{unit}}}"#);
    assert!(matches!(
        read_organization(&file),
        Err(InventoryError::Dangling { .. })
    ));
}

#[rstest]
#[case::tracked_and_used("s3", "GetObject", Access::On(jiff::civil::date(2026, 3, 30)))]
#[case::tracked_and_unused("s3", "PutObject", Access::Never)]
#[case::untracked_action_of_a_used_service("s3", "HeadBucket", Access::Unknown)]
#[case::any_action_of_an_unused_service("EC2", "RunInstances", Access::Never)]
#[case::service_without_report("sqs", "SendMessage", Access::Unknown)]
fn never_used_differs_from_not_tracked(
    #[case] service: &str,
    #[case] action: &str,
    #[case] expected: Access,
) {
    let file = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
        {"ServiceName":"Amazon S3","ServiceNamespace":"s3","LastAuthenticated":"2026-03-31 00:30:00+01:00",
         "TrackedActionsLastAccessed":[{"ActionName":"GetObject","LastAccessedTime":"2026-03-30T10:00:00Z"},{"ActionName":"s3:PutObject"}]},
        {"ServiceNamespace":"ec2"}]}]}"#;
    let read = read_last_accessed(file).unwrap();
    let alice = "arn:aws:iam::111122223333:user/alice";
    assert_eq!(read.access(alice, service, action), expected);
    assert_eq!(
        read.entities[alice]["s3"].last,
        Some(jiff::civil::date(2026, 3, 30)),
        "the day is the UTC day"
    );
    let broken = file.replace("2026-03-30T10:00:00Z", "yesterday");
    assert_eq!(
        read_last_accessed(&broken).unwrap_err().to_string(),
        "reports[0].ServicesLastAccessed[0].TrackedActionsLastAccessed[0].LastAccessedTime: `yesterday` is not a date"
    );
}

#[test]
fn a_report_of_iam_is_read_as_it_is_with_the_arn_that_it_was_asked_for() {
    let report = |status: &str, truncated: bool| {
        format!(
            r#"{{"reports":[{{"Arn":"arn:aws:iam::111122223333:role/web","JobStatus":"{status}","JobType":"ACTION_LEVEL",
            "JobCreationDate":"2026-03-30T23:59:00+00:00","JobCompletionDate":"2026-03-31T00:00:10+00:00","IsTruncated":{truncated},
            "ServicesLastAccessed":[{{"ServiceName":"AWS Lambda","ServiceNamespace":"lambda","TotalAuthenticatedEntities":1,
            "LastAuthenticated":"2026-03-29T10:00:00+00:00","LastAuthenticatedRegion":"eu-west-1",
            "LastAuthenticatedEntity":"arn:aws:iam::111122223333:role/web"}}]}}]}}"#
        )
    };
    let read = read_last_accessed(&report("COMPLETED", false)).unwrap();
    assert_eq!(read.as_of, Some(jiff::civil::date(2026, 3, 31)));
    let refused = |text: &str| read_last_accessed(text).unwrap_err().to_string();
    assert_eq!(
        refused(&report("IN_PROGRESS", false)),
        "reports[0].JobStatus: `IN_PROGRESS` is not `COMPLETED`, so that the report is not finished"
    );
    assert_eq!(
        refused(&report("COMPLETED", true)),
        "reports[0].IsTruncated: IsTruncated is true, so that pages are missing"
    );
}

#[test]
fn a_document_in_the_folder_of_an_account_is_about_that_account() {
    let part = Part::read(PartKind::AuthorizationDetails, &user_with(DOCUMENT)).unwrap();
    assert!(part.is_of("111122223333").is_ok());
    assert_eq!(
        part.is_of("444455556666").unwrap_err().to_string(),
        "`arn:aws:iam::111122223333:user/team/alice` is not of the account 444455556666, in whose folder the document lies"
    );
}
