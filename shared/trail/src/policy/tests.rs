use rstest::rstest;

use super::*;
use crate::tests::generation::{START, Sample};

const PLACEHOLDERS: Options = Options {
    resource_placeholders: true,
    service_level_template: false,
};

fn observed() -> Sample {
    Sample::of(&[
        "sts:GetCallerIdentity",
        "dynamodb:ListTables",
        "dynamodb:DescribeTable",
        "dynamodb:UpdateTable",
        "ec2:AttachVolume",
        "iam:GetRole",
        "s3:PutBucketTagging",
    ])
}

#[test]
fn with_placeholders_there_is_a_statement_per_template() {
    assert_eq!(
        render(&observed().generation(), PLACEHOLDERS),
        [GOLDEN_WITH_PLACEHOLDERS]
    );
}

#[test]
fn without_placeholders_there_is_one_statement() {
    assert_eq!(
        render(&observed().generation(), Options::default()),
        [GOLDEN_WITHOUT_PLACEHOLDERS]
    );
}

#[test]
fn the_order_of_the_template_is_that_of_its_bytes() {
    let texts = render(
        &Sample::of(&["sns:Publish", "s3:GetObject", "iam:GetRole"]).generation(),
        PLACEHOLDERS,
    );
    let resources: Vec<serde_json::Value> = statements_of(&texts)
        .iter()
        .map(|s| s["Resource"].clone())
        .collect();
    assert_eq!(
        resources,
        [
            "arn:aws:iam::${Account}:role/${RoleNameWithPath}",
            "arn:aws:s3:::${BucketName}/${ObjectName}",
            "arn:aws:sns:${Region}:${Account}:${TopicName}",
        ],
    );
}

#[test]
fn a_template_with_an_account_stands_before_one_without() {
    let texts = render(&Sample::of(&["ec2:RunInstances"]).generation(), PLACEHOLDERS);
    let statements = statements_of(&texts);
    assert!(statements.len() > 3, "{texts:?}");
    assert!(
        statements
            .iter()
            .all(|statement| statement["Action"] == "ec2:RunInstances")
    );
    assert_eq!(
        statements.last().unwrap()["Resource"],
        "arn:aws:ec2:${Region}::image/${ImageId}"
    );
}

#[test]
fn without_an_action_for_anything_numbers_begin_with_the_first_template() {
    let texts = render(&Sample::of(&["iam:GetRole"]).generation(), PLACEHOLDERS);
    assert!(texts[0].contains(r#"{"Sid":"SupportedServiceSid0","Effect":"Allow","Action":"iam:GetRole","#));
}

#[test]
fn nothing_seen_is_no_policy() {
    assert!(render(&Sample::default().generation(), PLACEHOLDERS).is_empty());
}

#[test]
fn the_partition_is_the_principals() {
    let mut sample = Sample::of(&["s3:PutBucketTagging"]);
    sample.principal = crate::principal::Principal::parse("arn:aws-cn:iam::123456789012:user/u").unwrap();
    assert!(render(&sample.generation(), PLACEHOLDERS)[0].contains(r#""arn:aws-cn:s3:::${BucketName}""#));
}

#[rstest]
#[case::unknown(Sample::of(&["s3:NoSuchAction"]))]
#[case::inferred(Sample::of(&["iam:PassRole"]))]
fn what_must_not_be_emitted_is_not(#[case] sample: Sample) {
    assert!(render(&sample.generation(), PLACEHOLDERS).is_empty());
    assert!(render(&sample.generation(), Options::default()).is_empty());
}

#[test]
fn denied_calls_are_kept_unless_the_deployment_drops_them() {
    let mut sample = Sample::default()
        .denied("iam:GetRole", &[])
        .denied("s3:GetObject", &[])
        .call("s3:GetObject", &[]);
    assert!(
        render(&sample.generation(), Options::default())[0].contains(r#"["iam:GetRole","s3:GetObject"]"#)
    );
    sample.content.denied_calls = false;
    assert!(render(&sample.generation(), Options::default())[0].contains(r#""Action":"s3:GetObject""#));
}

#[test]
fn data_events_are_kept_unless_the_deployment_drops_them() {
    let mut sample = Sample::default().data_event("s3:GetObject");
    assert!(!render(&sample.generation(), Options::default()).is_empty());
    sample.content.data_events = false;
    assert!(render(&sample.generation(), Options::default()).is_empty());
}

#[test]
fn concrete_resources_and_conditions_stay_out() {
    let sample = Sample::default()
        .call("s3:GetObject", &["arn:aws:s3:::secret-bucket/key"])
        .via("kms:Decrypt", "ssm.amazonaws.com");
    for options in [Options::default(), PLACEHOLDERS] {
        let text = render(&sample.generation(), options).concat();
        assert!(
            !text.contains("secret-bucket") && !text.contains("Condition") && !text.contains("ssm."),
            "{text}"
        );
    }
}

#[test]
fn the_service_level_statement_is_the_last() {
    let options = Options {
        resource_placeholders: true,
        service_level_template: true,
    };
    let sample = observed().last_accessed("sqs", Some(START), &[]);
    let texts = render(&sample.generation(), options);
    let statements = statements_of(&texts);
    assert_eq!(statements.last().unwrap()["Sid"], "ServiceLevelSid0");
    assert_eq!(statements.last().unwrap()["Resource"], "*");
    assert_eq!(statements.len(), 7);
}

fn statements_of(texts: &[String]) -> Vec<serde_json::Value> {
    let document = |text: &String| serde_json::from_str::<serde_json::Value>(text).unwrap();
    texts
        .iter()
        .flat_map(|text| document(text)["Statement"].as_array().unwrap().clone())
        .collect()
}

const GOLDEN_WITH_PLACEHOLDERS: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":["#,
    r#"{"Sid":"SupportedServiceSid0","Effect":"Allow","Action":["dynamodb:ListTables","sts:GetCallerIdentity"],"Resource":"*"},"#,
    r#"{"Sid":"SupportedServiceSid1","Effect":"Allow","Action":["dynamodb:DescribeTable","dynamodb:UpdateTable"],"Resource":"arn:aws:dynamodb:${Region}:${Account}:table/${TableName}"},"#,
    r#"{"Sid":"SupportedServiceSid2","Effect":"Allow","Action":"ec2:AttachVolume","Resource":"arn:aws:ec2:${Region}:${Account}:instance/${InstanceId}"},"#,
    r#"{"Sid":"SupportedServiceSid3","Effect":"Allow","Action":"ec2:AttachVolume","Resource":"arn:aws:ec2:${Region}:${Account}:volume/${VolumeId}"},"#,
    r#"{"Sid":"SupportedServiceSid4","Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::${Account}:role/${RoleNameWithPath}"},"#,
    r#"{"Sid":"SupportedServiceSid5","Effect":"Allow","Action":"s3:PutBucketTagging","Resource":"arn:aws:s3:::${BucketName}"}]}"#,
);

const GOLDEN_WITHOUT_PLACEHOLDERS: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"SupportedServiceSid0","Effect":"Allow","Action":["#,
    r#""dynamodb:DescribeTable","dynamodb:ListTables","dynamodb:UpdateTable","ec2:AttachVolume","iam:GetRole","#,
    r#""s3:PutBucketTagging","sts:GetCallerIdentity"],"Resource":"*"}]}"#,
);
