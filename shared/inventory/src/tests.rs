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
        .map(|account| {
            let levels = account.levels.iter().map(|level| level.service_control.clone());
            (account.id.as_str(), levels.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        levels,
        [
            ("999999999999", vec![vec![0], vec![]]),
            ("111122223333", vec![vec![0], vec![0, 1], vec![0]]),
        ]
    );
    let dangling = ORGANIZATION.replace(r#"["p-1","p-2"]"#, r#"["p-9"]"#);
    let error = read_organization(&dangling).unwrap_err().to_string();
    assert_eq!(
        error,
        "root.organizationalUnits[0].serviceControlPolicies[0]: the document does not hold `p-9`, so that a part of the document is missing"
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
        Err(InventoryError::TooDeep { .. })
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
        "reports[0].JobStatus: the report is not finished, its status is `IN_PROGRESS` and not `COMPLETED`"
    );
    assert!(
        refused(&report("COMPLETED", true))
            .starts_with("reports[0].IsTruncated says that more pages follow, and no last page is there")
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

#[test]
fn the_policy_of_a_repository_is_about_the_repository() {
    let text = r#"{"account":"111122223333","resourcePolicies":[{"resourceArn":"arn:aws:ecr:us-east-1:111122223333:repository/r",
        "policyDocument":{"Version":"2012-10-17","Statement":[
            {"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"ecr:BatchGetImage"},
            {"Sid":"two","Effect":"allow","Principal":"*","Action":"ecr:*"}]}}]}"#;
    let read = read_resource_policies(text).unwrap();
    let statements: Vec<_> = read.policies[0].document.valid().collect();
    assert_eq!(statements.len(), 1);
    let resources = statements[0].resources.as_ref().unwrap();
    assert_eq!(
        resources.entries(),
        ["arn:aws:ecr:us-east-1:111122223333:repository/r"]
    );
    assert_eq!(statements[0].sid.as_deref(), Some("one"));
    assert!(
        read.findings.iter().all(|one| one.finding.statement == Some(1)),
        "the second statement is wrong in another way: {:?}",
        read.findings
    );
}

#[test]
fn a_resource_policies_document_says_what_was_collected() {
    let text = r#"{"account":"111122223333","services":["s3","SQS"],"regions":["eu-west-1"],
        "publicAccessBlock":{"BlockPublicAcls":true,"RestrictPublicBuckets":true},"resourcePolicies":[
        {"resourceArn":"arn:aws:s3:::plain","region":"eu-west-1","publicAccessBlock":{"ignorePublicAcls":true}},
        {"resourceArn":"arn:aws:s3:::closed","policyNotReadable":true},
        {"resourceArn":"arn:aws:sqs:eu-west-1:111122223333:q","policyDocument":{"Statement":[]}}]}"#;
    let read = read_resource_policies(text).unwrap();
    let presence: Vec<_> = read
        .resources
        .iter()
        .map(|one| (one.policy, one.region.as_deref()))
        .collect();
    assert_eq!(
        presence,
        [
            (PolicyPresence::None, Some("eu-west-1")),
            (PolicyPresence::NotReadable, None),
            (PolicyPresence::Known, Some("eu-west-1")),
        ]
    );
    assert_eq!(read.policies.len(), 1);
    let block = read.public_access_block("111122223333").unwrap();
    assert!(block.restrict_public_buckets && !block.ignore_public_acls);
    let bucket = read.resources[0].public_access_block.unwrap();
    assert!(block.and(bucket).ignore_public_acls);
    for (account, service, region, expected) in [
        ("111122223333", Some("s3"), "", true),
        ("111122223333", Some("sqs"), "eu-west-1", true),
        ("111122223333", Some("sqs"), "us-east-1", false),
        ("111122223333", Some("kms"), "eu-west-1", false),
        ("111122223333", None, "", false),
        ("444455556666", Some("s3"), "", false),
    ] {
        assert_eq!(
            read.is_collected(account, service, region),
            expected,
            "{account} {service:?} {region}"
        );
    }
    let whole = read_resource_policies(r#"{"account":"111122223333","resourcePolicies":[]}"#).unwrap();
    assert!(whole.is_collected("111122223333", None, "us-east-1"));
    let wrong = read_resource_policies(r#"{"account":"1111","resourcePolicies":[]}"#).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "account: `1111` is not an account id, which has twelve digits"
    );
}

#[test]
fn an_organization_has_two_kinds_of_policies_and_a_path_to_each_account() {
    let text = r#"{"organizationId":"o-a1","managementAccount":"999999999999",
        "serviceControlPolicies":[{"id":"p-FullAWSAccess","content":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}],
        "resourceControlPolicies":[{"id":"p-1","name":"perimeter","content":{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}}],
        "root":{"id":"r-1","name":"Root","serviceControlPolicies":["p-FullAWSAccess"],"organizationalUnits":[
            {"id":"ou-1","name":"Work","resourceControlPolicies":["p-1"],"accounts":[{"id":"111122223333","name":"Production"}]}]}}"#;
    let organization = read_organization(text).unwrap();
    assert_eq!(organization.findings, []);
    let account = &organization.accounts[0];
    assert_eq!(organization.path_of(account).as_deref(), Some("o-a1/r-1/ou-1/"));
    let attached: Vec<_> = account
        .levels
        .iter()
        .map(|level| {
            (
                level.name.as_deref(),
                level.service_control.as_slice(),
                level.resource_control.as_slice(),
            )
        })
        .collect();
    let expected: [(Option<&str>, &[usize], &[usize]); 3] = [
        (Some("Root"), &[0], &[]),
        (Some("Work"), &[], &[0]),
        (Some("Production"), &[], &[]),
    ];
    assert_eq!(attached, expected);
    assert_eq!(
        organization
            .policies()
            .map(|policy| policy.name)
            .collect::<Vec<_>>(),
        ["p-FullAWSAccess", "perimeter"]
    );
    let accounts_only = read_organization(r#"{"root":{"accounts":[{"id":"111122223333"}]}}"#).unwrap();
    assert_eq!(
        (
            accounts_only.service_control_policies,
            accounts_only.resource_control_policies
        ),
        (None, None)
    );
}

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
    <root_account>,arn:aws:iam::111122223333:root,2020-01-02T03:04:05+00:00,not_supported,2026-03-01T00:00:00+00:00,\
    not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
    alice,arn:aws:iam::111122223333:user/alice,2021-01-02T03:04:05+00:00,true,no_information,\
    2022-01-02T03:04:05+00:00,N/A,false,true,2023-01-02T03:04:05+00:00,2026-03-30T10:00:00+00:00,eu-west-1,s3,\
    false,2022-01-02T03:04:05+00:00,N/A,N/A,N/A,false,N/A,false,N/A\n";

#[test]
fn a_credential_report_is_read_as_csv_and_as_the_reply_of_the_command() {
    use base64::Engine;
    let read = read_credential_report(REPORT).unwrap();
    let root = &read.users["arn:aws:iam::111122223333:root"];
    assert!(root.mfa_active && root.access_keys.is_empty());
    assert_eq!(
        root.password.unwrap().last_used,
        Some(jiff::civil::date(2026, 3, 1))
    );
    let alice = &read.users["arn:aws:iam::111122223333:user/alice"];
    assert_eq!(
        (alice.mfa_active, alice.access_keys.len(), alice.active_keys()),
        (false, 2, 1)
    );
    assert_eq!(alice.password.unwrap().last_used, None);
    assert_eq!(
        alice.access_keys[0].last_used,
        Some(jiff::civil::date(2026, 3, 30))
    );

    let content = base64::engine::general_purpose::STANDARD.encode(REPORT);
    let reply = format!(
        r#"{{"Content":"{content}","ReportFormat":"text/csv","GeneratedTime":"2026-03-31T00:30:00+01:00"}}"#
    );
    let from_reply = read_credential_report(&reply).unwrap();
    assert_eq!(from_reply.users, read.users);
    assert_eq!(from_reply.as_of, Some(jiff::civil::date(2026, 3, 30)));
}

#[rstest]
#[case::column(
    "user,arn\nalice,arn:aws:iam::111122223333:user/alice\n",
    "the credential report cannot be read: "
)]
#[case::date(&REPORT.replace("2026-03-30T10:00:00+00:00", "lately"), "line 3, access_key_1_last_used_date: `lately` is not a date")]
#[case::arn(&REPORT.replace("arn:aws:iam::111122223333:user/alice", "alice"), "line 3: `alice` is not the ARN of an IAM user or a root user")]
#[case::base64(
    r#"{"Content":"%","ReportFormat":"text/csv"}"#,
    "the credential report cannot be read: Content is not base64"
)]
fn a_broken_credential_report_is_refused(#[case] text: &str, #[case] message: &str) {
    let error = read_credential_report(text).unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
}

#[test]
fn compute_resources_run_with_a_role_or_by_an_instance_profile() {
    let text = r#"{"account":"111122223333","computeResources":[
        {"arn":"arn:aws:lambda:eu-west-1:111122223333:function:orders","roleArn":"arn:aws:iam::111122223333:role/orders","tags":{"team":"a"}},
        {"arn":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1","name":"web","instanceProfileArn":"arn:aws:iam::111122223333:instance-profile/web"}]}"#;
    let compute = read_compute(text).unwrap();
    let [function, instance] = compute.resources.as_slice() else {
        panic!("two");
    };
    assert_eq!(
        (
            function.service(),
            function.resource_type(),
            function.name.as_str(),
            function.region()
        ),
        ("lambda", "function", "orders", "eu-west-1")
    );
    assert_eq!(
        (
            instance.resource_type(),
            instance.account(),
            instance.name.as_str()
        ),
        ("instance", "111122223333", "web")
    );
    let details = read_authorization_details(
        r#"{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/web","InstanceProfileList":[
            {"Arn":"arn:aws:iam::111122223333:instance-profile/web"}]}]}"#,
    );
    let mut merge = Merge::default();
    merge
        .add("compute.json", InventoryDocument::Compute(compute))
        .unwrap();
    merge
        .add(
            "authorization-details.json",
            InventoryDocument::AuthorizationDetails(details.unwrap()),
        )
        .unwrap();
    let inventory = merge.finish();
    let roles: Vec<_> = inventory
        .unwrap()
        .compute
        .unwrap()
        .resources
        .into_iter()
        .map(|one| one.role.unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "arn:aws:iam::111122223333:role/web",
            "arn:aws:iam::111122223333:role/orders"
        ]
    );
    let part = text.replace(
        r#""computeResources""#,
        r#""services":["Lambda"],"regions":["eu-west-1"],"computeResources""#,
    );
    let collected = &read_compute(&part).unwrap().collected[0];
    let covers = |service, region| collected.covers("111122223333", Some(service), region);
    assert_eq!(
        [
            covers("lambda", "eu-west-1"),
            covers("lambda", "*"),
            covers("ec2", "eu-west-1")
        ],
        [true, false, false]
    );
    let wrong = text.replace("role/orders", "user/orders");
    assert_eq!(
        read_compute(&wrong).unwrap_err().to_string(),
        "computeResources[0].roleArn: `arn:aws:iam::111122223333:user/orders` is not the ARN of an IAM role"
    );
}

#[test]
fn a_role_that_a_compute_resource_needs_and_no_document_has_is_missing() {
    let compute = r#"{"account":"111122223333","computeResources":[
        {"arn":"arn:aws:lambda:eu-west-1:111122223333:function:a","roleArn":"arn:aws:iam::111122223333:role/gone"},
        {"arn":"arn:aws:lambda:eu-west-1:111122223333:function:b","roleArn":"arn:aws:iam::111122223333:role/there"},
        {"arn":"arn:aws:ec2:eu-west-1:111122223333:instance/i-1","instanceProfileArn":"arn:aws:iam::111122223333:instance-profile/empty"},
        {"arn":"arn:aws:ec2:eu-west-1:444455556666:instance/i-2","instanceProfileArn":"arn:aws:iam::444455556666:instance-profile/foreign"}]}"#;
    let details = r#"{"RoleDetailList":[{"RoleName":"there","Arn":"arn:aws:iam::111122223333:role/there"}]}"#;
    let inventory = Inventory {
        details: read_authorization_details(details).unwrap(),
        compute: Some(read_compute(compute).unwrap()),
        ..Inventory::default()
    };
    let missing = inventory.missing();
    let found: Vec<_> = missing
        .iter()
        .map(|one| (one.kind.as_str(), one.name.as_str(), one.principals.len()))
        .collect();
    assert_eq!(
        found,
        [
            ("role", "arn:aws:iam::111122223333:role/gone", 1),
            (
                "instance profile",
                "arn:aws:iam::444455556666:instance-profile/foreign",
                1
            )
        ]
    );
}
