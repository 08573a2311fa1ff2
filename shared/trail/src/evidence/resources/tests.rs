use rstest::rstest;

use super::*;
use crate::tests::generation::Sample;

const BUCKET: &str = "arn:${Partition}:s3:::${BucketName}";
const OBJECT: &str = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
const ROLE: &str = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
const INDEX: &str = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}";

#[rstest]
#[case::bucket(BUCKET, "arn:aws:s3:::b", Some(0))]
#[case::object_reads_as_bucket(BUCKET, "arn:aws:s3:::b/k", Some(0))]
#[case::object(OBJECT, "arn:aws:s3:::b/k/l", Some(1))]
#[case::bucket_is_no_object(OBJECT, "arn:aws:s3:::b", None)]
#[case::other_partition(BUCKET, "arn:aws-cn:s3:::b", Some(0))]
#[case::other_service(BUCKET, "arn:aws:sqs:::b", None)]
#[case::path(ROLE, "arn:aws:iam::1:role/a/b/c", Some(5))]
#[case::empty_name(ROLE, "arn:aws:iam::1:role/", None)]
#[case::index(INDEX, "arn:aws:dynamodb:eu-west-1:1:table/t/index/i", Some(13))]
#[case::index_without_table(INDEX, "arn:aws:dynamodb:eu-west-1:1:table//index/i", None)]
#[case::wildcard_in_the_format(
    "arn:${Partition}:dms:${Region}:${Account}:task:*",
    "arn:aws:dms:r:1:task:t",
    Some(5)
)]
#[case::wildcards_in_the_fields(
    "arn:${Partition}:health:*::event/${Service}/*",
    "arn:aws:health:r::event/a/b",
    Some(7)
)]
#[case::no_arn(BUCKET, "b", None)]
#[case::nothing(BUCKET, "", None)]
fn an_arn_is_of_a_format_or_not(#[case] format: &str, #[case] arn: &str, #[case] spelled: Option<usize>) {
    assert_eq!(spelled_characters(format, arn), spelled);
}

#[rstest]
#[case::group("arn:aws:logs:r:1:log-group:/a/g", &["arn:aws:logs:r:1:log-group:/a/g", "arn:aws:logs:r:1:log-group:/a/g:*"])]
#[case::groups("arn:aws:logs:r:1:log-group:/a/*", &["arn:aws:logs:r:1:log-group:/a/*"])]
#[case::group_as_logs_tells_it("arn:aws:logs:r:1:log-group:g:*", &["arn:aws:logs:r:1:log-group:g", "arn:aws:logs:r:1:log-group:g:*"])]
#[case::stream("arn:aws:logs:r:1:log-group:g:log-stream:s", &["arn:aws:logs:r:1:log-group:g:log-stream:s"])]
#[case::destination("arn:aws:logs:r:1:destination:d", &["arn:aws:logs:r:1:destination:d"])]
#[case::other_service("arn:aws:x:r:1:log-group:g", &["arn:aws:x:r:1:log-group:g"])]
fn a_log_group_is_named_in_both_its_forms(#[case] arn: &str, #[case] expected: &[&str]) {
    assert_eq!(forms(arn, None).collect::<Vec<_>>(), expected);
}

#[rstest]
#[case::names(OBJECT, "arn:aws:s3:::*/*")]
#[case::region_and_account(INDEX, "arn:aws:dynamodb:eu-west-1:123456789012:table/*/index/*")]
#[case::account_by_its_other_name("arn:${Partition}:x::${AccountId}:a/*", "arn:aws:x::123456789012:a/*")]
#[case::any_service(
    "arn:${Partition}:${Vendor}:${Region}:*:${ResourceType}:${RecoveryPointId}",
    "*"
)]
#[case::unclosed("arn:${Partition}:x:::${Open", "arn:aws:x:::${Open")]
fn a_format_is_filled_with_what_is_known(#[case] format: &str, #[case] text: &str) {
    assert_eq!(fill(format, "aws", "eu-west-1", "123456789012"), text);
}

fn patterns_of(action: &str, sample: &Sample) -> Vec<Vec<String>> {
    patterns(
        action,
        &sample.usage.actions[action],
        Scope::of(&sample.generation()),
    )
    .unwrap()
}

fn objects(bucket: &str, folder: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("arn:aws:s3:::{bucket}/{folder}/{number:03}"))
        .collect()
}

fn reads(arns: &[String]) -> Sample {
    arns.iter().fold(Sample::default(), |sample, arn| {
        sample.call("s3:GetObject", &[arn])
    })
}

#[test]
fn resources_up_to_the_limit_are_named() {
    let arns = objects("b", "logs", LISTED_RESOURCES);
    assert_eq!(patterns_of("s3:GetObject", &reads(&arns)), [arns]);
}

#[test]
fn more_resources_than_the_limit_become_the_folder_that_holds_most() {
    let mut arns = objects("b", "logs/2026", LISTED_RESOURCES);
    arns.extend(objects("b", "logs/2025", 1));
    arns.extend(objects("c", "one", 1));
    let expected = [
        "arn:aws:s3:::b/logs/2025/000",
        "arn:aws:s3:::b/logs/2026/*",
        "arn:aws:s3:::c/one/000",
    ];
    assert_eq!(patterns_of("s3:GetObject", &reads(&arns)), [expected]);
}

#[test]
fn more_containers_than_the_limit_become_their_common_beginning() {
    let arns: Vec<String> = (0..=LISTED_RESOURCES)
        .map(|number| format!("arn:aws:s3:::bucket-{number}/key"))
        .collect();
    assert_eq!(
        patterns_of("s3:GetObject", &reads(&arns)),
        [["arn:aws:s3:::bucket-*/*"]]
    );
}

#[rstest]
#[case::own_account("arn:aws:iam::123456789012:role/r", "arn:aws:iam::123456789012:role/*")]
#[case::other_account("arn:aws:iam::210987654321:role/r", "arn:aws:iam::*:role/*")]
fn a_format_names_the_account_when_there_is_only_one(#[case] seen: &str, #[case] pattern: &str) {
    let sample = Sample::default()
        .call("iam:GetRole", &[seen])
        .call("iam:GetRole", &[]);
    assert_eq!(patterns_of("iam:GetRole", &sample), [[pattern]]);
}

#[test]
fn the_hundred_and_first_object_stays_inside_its_bucket() {
    let sample = reads(&objects("b", "p", 101));
    assert!(sample.usage.actions["s3:GetObject"].more_resources);
    assert_eq!(patterns_of("s3:GetObject", &sample), [["arn:aws:s3:::b/p/*"]]);
}

#[test]
fn what_was_seen_of_a_type_that_the_action_no_longer_has_goes_to_the_nearest_type() {
    let mut sample = reads(&objects("b", "p", 1));
    let usage = sample.usage.actions.get_mut("s3:GetObject").unwrap();
    let seen = usage
        .types
        .remove("arn:${Partition}:s3:::${BucketName}/${ObjectName}")
        .unwrap();
    usage
        .types
        .insert("arn:${Partition}:s3:::${Bucket}/${Key}".to_owned(), seen);
    assert_eq!(patterns_of("s3:GetObject", &sample), [["arn:aws:s3:::b/p/000"]]);
}

#[test]
fn a_format_names_no_region_when_there_are_several() {
    let table = "arn:aws:dynamodb:us-east-1:123456789012:table/t";
    let sample = Sample::default()
        .call("dynamodb:PutItem", &[table])
        .call("dynamodb:PutItem", &[]);
    assert_eq!(
        patterns_of("dynamodb:PutItem", &sample),
        [["arn:aws:dynamodb:*:123456789012:table/*"]]
    );
}

#[test]
fn a_call_that_names_no_resource_needs_the_format() {
    let sample = Sample::default()
        .call(
            "dynamodb:PutItem",
            &["arn:aws:dynamodb:eu-west-1:123456789012:table/t"],
        )
        .call("dynamodb:PutItem", &[]);
    assert_eq!(
        patterns_of("dynamodb:PutItem", &sample),
        [["arn:aws:dynamodb:eu-west-1:123456789012:table/*"]]
    );
}

#[test]
fn a_denied_call_that_names_no_resource_needs_nothing() {
    let table = "arn:aws:dynamodb:eu-west-1:123456789012:table/t";
    let sample = Sample::default()
        .call("dynamodb:PutItem", &[table])
        .denied("dynamodb:PutItem", &[]);
    assert_eq!(patterns_of("dynamodb:PutItem", &sample), [[table]]);
}

#[test]
fn each_required_type_has_its_own_resources() {
    let instance = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1";
    let sample = Sample::default().call("ec2:AttachVolume", &[instance]);
    let expected = [instance, "arn:aws:ec2:eu-west-1:123456789012:volume/*"];
    assert_eq!(patterns_of("ec2:AttachVolume", &sample).concat(), expected);
}

#[test]
fn an_action_without_resource_types_is_on_anything() {
    let sample = Sample::default().call("s3:ListAllMyBuckets", &["arn:aws:s3:::b"]);
    assert_eq!(patterns_of("s3:ListAllMyBuckets", &sample), [["*"]]);
}

#[test]
fn a_resource_of_another_type_does_not_count() {
    let sample = Sample::default().call("s3:ListBucket", &["arn:aws:s3:::b/key"]);
    assert_eq!(patterns_of("s3:ListBucket", &sample), [["arn:aws:s3:::*"]]);
}

#[test]
fn an_unknown_action_has_no_resources() {
    assert_eq!(
        patterns(
            "s3:NoSuchAction",
            &ActionUsage::default(),
            Scope::of(&Sample::default().generation())
        ),
        None
    );
}
