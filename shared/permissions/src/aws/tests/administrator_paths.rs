//! Tests who can become an administrator: published methods, and combinations that look like a method and are none.

use super::published_methods::{CERTAIN, CONDITIONAL, PUBLISHED};
use super::selected;
use crate::aws::data::{Snapshot, SourceId};
use crate::aws::escalation::{AdministratorPaths, Reach};
use crate::aws::{ActionSpec, EffectivePermissions, ResourceTypeSpec, compile, specs};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details, read_compute};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::LazyLock;

static SPECS: LazyLock<(Vec<ResourceTypeSpec>, Vec<ActionSpec>)> =
    LazyLock::new(|| specs(Catalogue::embedded()));

const SERVICES: [&str; 15] = [
    "tasks.apprunner.amazonaws.com",
    "airflow-env.amazonaws.com",
    "codebuild.amazonaws.com",
    "bedrock-agentcore.amazonaws.com",
    "datapipeline.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "emr-serverless.amazonaws.com",
    "glue.amazonaws.com",
    "lambda.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "cloudformation.amazonaws.com",
    "states.amazonaws.com",
    "ssm.amazonaws.com",
];

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::111122223333:{resource}")
}

fn document(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn trust(principal: &Value) -> Value {
    document(&json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal }]))
}

fn allow(actions: &[&str]) -> Value {
    json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }])
}

fn inline(statements: &Value) -> Value {
    json!([{ "PolicyName": "own", "PolicyDocument": document(statements) }])
}

fn role(name: &str, trust: &Value, policies: &Value) -> Value {
    json!({ "Arn": arn(&format!("role/{name}")), "RoleName": name, "AssumeRolePolicyDocument": trust, "RolePolicyList": policies })
}

/// Makes an account with a role for each way to an administrator, and one user with the statements.
fn account(statements: &Value) -> Value {
    let everything = inline(&allow(&["*"]));
    let nothing = json!([]);
    json!({
        "UserDetailList": [
            {
                "Arn": arn("user/attacker"), "UserName": "attacker", "UserPolicyList": inline(statements),
                "GroupList": ["developers"],
                "AttachedManagedPolicies": [{ "PolicyName": "held", "PolicyArn": arn("policy/held") }],
            },
            { "Arn": arn("user/victim"), "UserName": "victim", "UserPolicyList": everything },
            { "Arn": arn("user/plain"), "UserName": "plain", "UserPolicyList": [] },
        ],
        "GroupDetailList": [
            { "Arn": arn("group/developers"), "GroupName": "developers", "GroupPolicyList": [] },
            { "Arn": arn("group/administrators"), "GroupName": "administrators", "GroupPolicyList": everything },
        ],
        "RoleDetailList": [
            role("of-services", &trust(&json!({ "Service": SERVICES })), &everything),
            role("of-account", &trust(&json!({ "AWS": arn("root") })), &everything),
            role("plain", &trust(&json!({ "AWS": arn("root") })), &nothing),
        ],
        "Policies": [{
            "Arn": arn("policy/held"), "PolicyName": "held", "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true,
                "Document": document(&allow(&["s3:ListAllMyBuckets"])) }],
        }],
    })
}

fn compiled(inventory: &Inventory) -> Snapshot {
    let (types, actions) = &*SPECS;
    compile(inventory, types, actions, "2026-03-31".parse().unwrap())
}

fn snapshot(details: &Value) -> Snapshot {
    compiled(&Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        ..Inventory::default()
    })
}

pub(super) fn reach(snapshot: &Snapshot, paths: &AdministratorPaths, id: &str) -> Option<Reach> {
    let index = snapshot
        .sources
        .iter()
        .position(|source| *source.id == *id)
        .unwrap();
    paths.reach(SourceId::from(index))
}

fn of_attacker(details: &Value) -> Option<Reach> {
    let snapshot = snapshot(details);
    reach(
        &snapshot,
        &AdministratorPaths::of(&snapshot),
        &arn("user/attacker"),
    )
}

/// Makes the account of the published paths: for each path a user with its permissions, and users that lack one of
/// them.
fn published() -> (Vec<(String, Option<Reach>)>, Value) {
    // Actions that only prepare are not part of a method, and the method of a function with a permission includes another.
    let prepares = [
        "ecs:CreateCluster",
        "ecs:RegisterTaskDefinition",
        "ecs:RegisterContainerInstance",
        "ecs:DeregisterContainerInstance",
    ];
    let mut details = account(&json!([]));
    let template = details["UserDetailList"][0].clone();
    let mut expected = Vec::new();
    let mut add = |name: String, actions: &[&str], reach| {
        let mut user = template.clone();
        user["Arn"] = json!(arn(&format!("user/{name}")));
        user["UserName"] = json!(name);
        user["UserPolicyList"] = inline(&allow(actions));
        details["UserDetailList"].as_array_mut().unwrap().push(user);
        expected.push((name, reach));
    };
    for (name, actions, reach) in PUBLISHED {
        add(name.to_owned(), actions, reach);
        let passes = actions.contains(&"iam:PassRole");
        for without in actions
            .iter()
            .filter(|action| passes && !prepares.contains(*action))
        {
            let rest: Vec<&str> = actions
                .iter()
                .copied()
                .filter(|action| action != without)
                .collect();
            add(
                format!("{name}-without-{}", without.replace(':', "-")),
                &rest,
                None,
            );
        }
    }
    (expected, details)
}

#[test]
fn published_methods_reach_administrator() {
    let (expected, details) = published();
    let snapshot = snapshot(&details);
    let paths = AdministratorPaths::of(&snapshot);
    for (name, expected) in expected {
        let found = reach(&snapshot, &paths, &arn(&format!("user/{name}")));
        // Without the role to pass, a method may still use a resource that exists.
        let found = found.filter(|found| expected.is_some() || *found == Reach::Certain);
        assert_eq!(found, expected, "{name}");
    }
}

/// Policies that have such actions and do not reach administrator.
#[rstest]
#[case::nothing(json!([]))]
#[case::without_a_companion(allow(&["iam:PassRole", "lambda:CreateFunction"]))]
#[case::a_denied_action(json!([
    { "Effect": "Allow", "Action": ["iam:PutUserPolicy", "iam:CreateAccessKey"], "Resource": "*" },
    { "Effect": "Deny", "Action": ["iam:PutUserPolicy", "iam:CreateAccessKey"], "Resource": "*" },
]))]
#[case::all_but_iam(json!([
    { "Effect": "Allow", "Action": ["iam:*"], "Resource": "*" },
    { "Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*"], "Resource": "*" },
]))]
#[case::another_resource(json!([
    { "Effect": "Allow", "Action": ["iam:CreateAccessKey", "iam:PutUserPolicy"], "Resource": arn("user/plain2") },
]))]
#[case::a_role_that_has_nothing(json!([
    { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn("role/plain") },
]))]
#[case::a_role_that_trusts_no_account(json!([
    { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn("role/of-services") },
]))]
#[case::passed_to_another_service(json!([
    { "Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*" },
    { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
      "Condition": { "StringEquals": { "iam:PassedToService": "events.amazonaws.com" } } },
]))]
#[case::a_harmless_policy_to_attach(json!([
    { "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*",
      "Condition": { "ArnEquals": { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } } },
]))]
#[case::a_boundary_that_is_not_there(json!([
    { "Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*",
      "Condition": { "StringEquals": { "iam:PermissionsBoundary": arn("policy/boundary") } } },
]))]
fn what_only_looks_like_a_method_does_not(#[case] statements: Value) {
    assert_eq!(of_attacker(&account(&statements)), None);
}

#[rstest]
#[case::passed_to_this_service(json!([
    { "Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*" },
    { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
      "Condition": { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } } },
]), CERTAIN)]
#[case::only_with_mfa(json!([
    { "Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*",
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } },
]), CONDITIONAL)]
#[case::denied_without_mfa(json!([
    { "Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*" },
    { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } } },
]), CONDITIONAL)]
#[case::by_a_variable(json!([
    { "Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": arn("user/${aws:username}") },
]), CERTAIN)]
#[case::denied_on_itself_by_a_variable(json!([
    { "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*" },
    { "Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": arn("user/${aws:username}") },
]), CERTAIN)]
#[case::all_but_some_actions(json!([
    { "Effect": "Allow", "NotAction": ["iam:PutUserPolicy", "sts:*"], "Resource": "*" },
]), CERTAIN)]
#[case::not_on_itself_but_on_one_whom_it_can_become(json!([
    { "Effect": "Allow", "Action": ["iam:PutUserPolicy", "iam:CreateAccessKey"], "Resource": arn("user/plain") },
]), CERTAIN)]
fn conditions_and_resources_decide(#[case] statements: Value, #[case] expected: Option<Reach>) {
    assert_eq!(of_attacker(&account(&statements)), expected);
}

/// Roles that differ in nothing but their trust policy are decided apart.
#[test]
fn the_trust_policy_of_each_role_decides() {
    let mut details = account(&allow(&["sts:AssumeRole"]));
    let open = trust(&json!({ "AWS": "111122223333" }));
    let mut guarded = open.clone();
    guarded["Statement"][0]["Condition"] = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    details["RoleDetailList"] = json!([
        role("open", &open, &json!([])),
        role("secured", &guarded, &inline(&allow(&["*"]))),
    ]);
    assert_eq!(of_attacker(&details), CONDITIONAL);
}

fn with_boundary(statements: &Value, boundary: &[&str]) -> Value {
    let mut details = account(statements);
    let arn = arn("policy/boundary");
    details["UserDetailList"][0]["PermissionsBoundary"] =
        json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
    let policies = details["Policies"].as_array_mut().unwrap();
    policies.push(json!({ "Arn": arn, "PolicyName": "boundary", "DefaultVersionId": "v1",
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": document(&allow(boundary)) }] }));
    details
}

#[rstest]
#[case::what_it_attaches_is_limited_too(&["iam:PutUserPolicy"], &["iam:PutUserPolicy", "s3:*"], CERTAIN)]
#[case::everything_within_the_boundary(&["*"], &["s3:*"], None)]
#[case::it_takes_the_boundary_away(&["*"], &["iam:DeleteUserPermissionsBoundary"], CERTAIN)]
#[case::it_puts_another_boundary(&["*"], &["iam:PutUserPermissionsBoundary"], CERTAIN)]
#[case::nothing_is_behind_the_boundary(&["s3:*", "iam:DeleteUserPermissionsBoundary"], &["iam:*", "s3:*"], None)]
fn boundaries_limit_and_can_be_taken_away(
    #[case] actions: &[&str],
    #[case] boundary: &[&str],
    #[case] expected: Option<Reach>,
) {
    assert_eq!(of_attacker(&with_boundary(&allow(actions), boundary)), expected);
}

#[test]
fn a_role_without_its_boundary_takes_away_the_boundary_of_another_role() {
    let all = ["role/changes", "role/first", "role/second"].map(arn);
    let mut details = with_boundary(
        &json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": all }]),
        &["sts:AssumeRole", "s3:*"],
    );
    let trust = trust(&json!({ "AWS": arn("user/attacker") }));
    let changes = json!([{ "Effect": "Allow", "Action": "iam:PutRolePermissionsBoundary", "Resource": arn("role/first") }]);
    let first = json!([{ "Effect": "Allow", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": arn("role/second") }]);
    let bounded = |name: &str, statements: &Value| {
        let mut role = role(name, &trust, &inline(statements));
        role["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/boundary") });
        role
    };
    // Nobody else may take away a boundary.
    details["UserDetailList"].as_array_mut().unwrap().truncate(1);
    details["RoleDetailList"] = json!([
        role("changes", &trust, &inline(&changes)),
        bounded("first", &first),
        bounded("second", &allow(&["*"])),
    ]);
    assert_eq!(of_attacker(&details), CERTAIN);
    details["RoleDetailList"].as_array_mut().unwrap().remove(0);
    assert_eq!(of_attacker(&details), None);
}

/// With a `compute` document the role of a function is known.
#[rstest]
#[case::of_an_administrator("role/of-services", CERTAIN)]
#[case::of_nobody("role/plain", None)]
fn a_running_resource_that_is_known_has_the_role_that_it_has(
    #[case] role: &str,
    #[case] expected: Option<Reach>,
) {
    let text = json!({ "account": "111122223333", "computeResources": [
        { "arn": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "roleArn": arn(role) },
    ] });
    let details = account(&allow(&["lambda:UpdateFunctionCode"]));
    let snapshot = compiled(&Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        compute: Some(read_compute(&text.to_string()).unwrap()),
        ..Inventory::default()
    });
    let paths = AdministratorPaths::of(&snapshot);
    assert_eq!(reach(&snapshot, &paths, &arn("user/attacker")), expected);
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    assert_eq!(
        reach(&snapshot, &paths, function),
        expected,
        "code acts as its role"
    );
}

#[test]
fn several_principals_that_were_captured_act_together() {
    let mut details = account(&json!([
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [arn("role/changes"), arn("role/plain")] },
    ]));
    let roles = details["RoleDetailList"].as_array_mut().unwrap();
    let changes = inline(&json!([
        { "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": arn("role/plain") },
    ]));
    roles.push(role(
        "changes",
        &trust(&json!({ "AWS": arn("user/attacker") })),
        &changes,
    ));
    let effective = EffectivePermissions::from(snapshot(&details));
    let condition = "source.reachesadministrator = true AND source.cloud.resource.name = 'attacker' AND action.name = 'sts:AssumeRole'";
    let rows = selected::explained(&effective, condition);
    let path = rows[0]
        .explanation
        .as_ref()
        .unwrap()
        .administrator_path
        .as_ref()
        .unwrap();
    insta::assert_json_snapshot!(path);
}

#[test]
fn the_path_of_a_passed_role_names_its_rows() {
    let details = account(&allow(&[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
    ]));
    let effective = EffectivePermissions::from(snapshot(&details));
    let condition = "source.reachesadministrator = true AND source.cloud.resource.name = 'attacker'";
    let rows = selected::explained(&effective, condition);
    let path = rows[0]
        .explanation
        .as_ref()
        .unwrap()
        .administrator_path
        .as_ref()
        .unwrap();
    insta::assert_json_snapshot!(path);
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    for row in path.steps.iter().flat_map(|step| &step.rows) {
        assert!(
            ids.contains(&row.id.as_deref().unwrap()),
            "{row:?} is a row of the source"
        );
    }
}

#[test]
fn the_attribute_filters_like_others() {
    let effective = EffectivePermissions::from(snapshot(&account(&allow(&["iam:PutUserPolicy"]))));
    let names = |condition: &str| {
        let mut names: Vec<String> = selected::all(&effective, condition)
            .iter()
            .map(|row| row.source_resource_name.to_owned())
            .collect();
        names.dedup();
        assert_eq!(
            selected::total(&effective, condition),
            selected::all(&effective, condition).len() as u64
        );
        names
    };
    let action = "action.name = 's3:ListAllMyBuckets'";
    assert_eq!(
        names(&format!("source.reachesadministrator = true AND {action}")),
        ["of-account", "of-services", "attacker", "victim"]
    );
    assert_eq!(
        names(&format!(
            "source.reachesadministrator = true AND NOT source.cloud.resource.type = 'role' AND {action}"
        )),
        ["attacker", "victim"]
    );
    assert_eq!(
        names(&format!("source.reachesadministrator = false AND {action}")),
        Vec::<String>::new()
    );
    assert_eq!(
        names("source.reachesadministrator = false"),
        names("NOT source.reachesadministrator = true")
    );
    let covers = "dest.cloud.resource.id COVERS 'arn:aws:s3:::data' AND source.reachesadministrator = true";
    assert_eq!(names(covers), ["of-account", "of-services", "victim"]);
}

/// A path is certain when no step depends on a condition or on something that no document says.
#[test]
fn certain_paths_can_be_asked_for_alone() {
    let with_mfa = json!([{ "Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*",
        "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } }]);
    for (statements, is_certain) in [(allow(&["iam:PutUserPolicy"]), true), (with_mfa, false)] {
        let effective = EffectivePermissions::from(snapshot(&account(&statements)));
        let total = |condition: &str| {
            let condition = format!("{condition} AND source.cloud.resource.name = 'attacker'");
            selected::total(&effective, &condition)
        };
        let all = total("source.reachesadministrator = true");
        assert!(all > 0);
        let certain = if is_certain { all } else { 0 };
        assert_eq!(total("source.reachesadministrator.certain = true"), certain);
        assert_eq!(
            total("source.reachesadministrator = true AND source.reachesadministrator.certain = false"),
            all - certain
        );
    }
}
