use rstest::rstest;

use super::*;
use crate::tests::generation::{START, Sample};

const OWN: PolicyInForce<'_> = PolicyInForce {
    name: "own",
    id: "own",
    kind: "Inline Policy",
    held_by: "arn:aws:iam::123456789012:role/ops/reader",
};
const SHARED: PolicyInForce<'_> = PolicyInForce {
    name: "shared",
    id: "arn:aws:iam::123456789012:policy/shared",
    kind: "Managed Policy",
    ..OWN
};

fn grant<'a>(action: &'a str, resource: &'a str, policy: PolicyInForce<'a>) -> EffectiveGrant<'a> {
    EffectiveGrant {
        action,
        resource,
        is_limited: false,
        policy,
    }
}

/// Returns the comparison for policies that allow each action on everything.
fn allowing(sample: &Sample, actions: &[&'static str]) -> Comparison {
    let grants = actions.iter().map(|action| grant(action, "*", OWN));
    compare(&sample.generation(), grants)
}

fn unknown(comparison: &Comparison) -> Vec<(UnknownReason, Vec<&str>)> {
    let uses = comparison.unknown_uses.iter();
    uses.map(|one| (one.reason, one.actions.iter().map(String::as_str).collect()))
        .collect()
}

#[test]
fn what_was_never_used_can_be_removed_policy_by_policy() {
    let sample = Sample::of(&["ec2:DescribeInstances", "iam:GetRole"]).denied("iam:ListUsers", &[]);
    let grants = [
        grant("ec2:DescribeInstances", "*", OWN),
        grant("ec2:RunInstances", "*", OWN),
        grant("iam:ListUsers", "*", SHARED),
        grant("iam:CreateUser", "*", SHARED),
        grant("iam:CreateUser", "*", OWN),
    ];
    let comparison = compare(&sample.generation(), grants.into_iter());
    insta::assert_snapshot!(serde_json::to_string_pretty(&comparison).unwrap());
}

#[rstest]
#[case::the_same(&["arn:aws:s3:::b/*"], Change::None)]
#[case::the_same_by_a_pattern_of_it(&["arn:aws:s3:::b/*", "arn:aws:s3:::b/k"], Change::None)]
#[case::everything(&["*"], Change::Narrowed)]
#[case::another_bucket_too(&["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"], Change::Narrowed)]
#[case::a_folder(&["arn:aws:s3:::b/f/*"], Change::Widened)]
#[case::another_bucket(&["arn:aws:s3:::c/*"], Change::Moved)]
#[case::nothing(&[], Change::Added)]
fn the_change_of_an_action_is_told_by_its_resources(#[case] in_force: &[&str], #[case] expected: Change) {
    let keys: Vec<String> = (0..200)
        .map(|key| format!("arn:aws:s3:::b/{key:b}x{key}"))
        .collect();
    let sample = keys.iter().fold(Sample::default(), |sample, key| {
        sample.call("s3:GetObject", &[key])
    });
    let grants = in_force
        .iter()
        .map(|resource| grant("s3:GetObject", resource, OWN));
    let comparison = compare(&sample.generation(), grants);
    let [difference] = comparison.differences.as_slice() else {
        panic!("{comparison:?}")
    };
    assert_eq!(difference.proposed, ["arn:aws:s3:::b/*"]);
    assert_eq!(difference.change, expected);
}

#[test]
fn an_action_of_which_every_call_was_denied_is_not_proposed() {
    let comparison = allowing(
        &Sample::default().denied("iam:ListUsers", &[]),
        &["iam:ListUsers"],
    );
    assert_eq!((comparison.used_actions, comparison.unused_actions.len()), (1, 0));
    assert_eq!(comparison.differences[0].change, Change::Removed);
}

#[test]
fn what_needs_no_permission_is_no_difference() {
    let comparison = allowing(&Sample::of(&["sts:GetCallerIdentity"]), &["iam:ListUsers"]);
    assert_eq!(comparison.differences, []);
}

#[test]
fn data_events_count_only_where_they_are_logged() {
    let sample = Sample::of(&["s3:CreateBucket"]);
    let comparison = allowing(&sample, &["s3:GetObject", "s3:DeleteBucket", "dynamodb:GetItem"]);
    assert_eq!(comparison.unused_actions, ["s3:DeleteBucket"]);
    assert_eq!(
        unknown(&comparison),
        [
            (UnknownReason::NoDataEvents, vec!["dynamodb:GetItem"]),
            (UnknownReason::NoDataEvents, vec!["s3:GetObject"]),
        ]
    );
    let mut sample = sample;
    sample.usage.data_records.insert("s3".to_owned(), 3);
    let comparison = allowing(&sample, &["s3:GetObject", "s3:DeleteBucket", "dynamodb:GetItem"]);
    assert_eq!(comparison.unused_actions, ["s3:DeleteBucket", "s3:GetObject"]);
}

#[test]
fn other_signs_of_use_keep_an_action_from_being_unused() {
    let sample = Sample::of(&["iam:GetRole"])
        .last_accessed("iam", Some(START), &[("CreateRole", START)])
        .last_accessed("sqs", Some(START), &[]);
    let comparison = allowing(
        &sample,
        &[
            "iam:CreateRole",
            "iam:DeleteRole",
            "sqs:CreateQueue",
            "s3:ReplicateObject",
        ],
    );
    assert_eq!(comparison.unused_actions, ["iam:DeleteRole"]);
    assert_eq!(
        unknown(&comparison),
        [
            (UnknownReason::LastAccessedReport, vec!["iam:CreateRole"]),
            (UnknownReason::NoDataEvents, vec!["s3:ReplicateObject"]),
            (UnknownReason::ServiceWithoutActions, vec!["sqs:CreateQueue"]),
        ]
    );
    let comparison = allowing(&sample, &["ssmmessages:OpenDataChannel"]);
    assert_eq!(
        unknown(&comparison),
        [(UnknownReason::NoOperation, vec!["ssmmessages:OpenDataChannel"])]
    );
}

#[test]
fn a_passed_role_is_a_use() {
    let mut sample = Sample::default();
    sample.usage.passed_roles.insert(crate::usage::PassedRole {
        role_arn: "arn:aws:iam::123456789012:role/fn".to_owned(),
        service: None,
        event: "lambda.amazonaws.com CreateFunction20150331".to_owned(),
    });
    let comparison = allowing(&sample, &["iam:PassRole"]);
    assert_eq!(comparison.differences[0].change, Change::Narrowed);
    assert_eq!(comparison.unused_actions, Vec::<String>::new());
}
