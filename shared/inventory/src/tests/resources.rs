//! These tests read policies of resources and compute resources.

use super::authorization_details::percent_encoded;
use crate::{
    Inventory, InventoryDocument, InventoryError, Merge, PolicyPresence, read_authorization_details,
    read_compute, read_resource_policies,
};

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
