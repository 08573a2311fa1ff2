//! Compares what is decided together with what is decided alone.

mod pairs;

use super::dest::Dests;
use super::layout::{DECIDED, Layout};
use super::resource_side::READ;
use super::table::Table;
use super::{EffectiveTables, identity_grants};
use crate::aws::data::{CompiledDocument, PrincipalClass};
use crate::aws::tests::random_organization::organization;
use crate::aws::tests::sample_account::{SampleAccount, TODAY, actions, types};
use crate::aws::{AccessLevel, ActionSpec};
use crate::aws::{compile, specs};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details, read_resource_policies};
use proptest::prelude::*;
use serde_json::json;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Returns all that rows of a table say.
fn shown(table: &Table) -> Vec<String> {
    let rows = table.rows().iter();
    let shown = rows.copied().map(|row| {
        let kind = table.kind(row).unwrap();
        let of_row = (
            row.action,
            table.dest(row),
            table.account(row),
            kind.resource_type,
        );
        format!("{of_row:?} {:?} {:?}", kind.exceptions, table.statements(row))
    });
    shown.collect()
}

/// Returns the identity-based policies of a snapshot with the principal classes that hold them, and the tables.
fn held(effective: &EffectiveTables) -> Vec<(&CompiledDocument, &PrincipalClass, &Table)> {
    let snapshot = effective.snapshot();
    let identity = snapshot
        .tables
        .with_ids()
        .filter(|(_, spec)| spec.resource.is_none());
    let held = identity.filter_map(|(id, spec)| {
        let document = snapshot.documents.get(spec.document)?;
        let class = snapshot.principal_classes.get(spec.class)?;
        Some((document, class, effective.table(id)))
    });
    held.collect()
}

proptest! {
    #[test]
    fn rows_that_are_decided_together_are_decided_as_each_alone(
        mut organization in organization(),
        is_same_in_both_accounts: bool,
    ) {
        if is_same_in_both_accounts {
            organization.eve.clone_from(&organization.alice);
            organization.vend.clone_from(&organization.app);
        }
        let effective = EffectiveTables::from(compile(&organization.inventory(), &types(), &actions(), TODAY));
        let snapshot = effective.snapshot();
        for (document, class, table) in held(&effective) {
            let draft = identity_grants::draft(snapshot, class, document, None, &Dests::default());
            let layout = Layout::new(snapshot, &draft, None);
            let owner = (class, &*class.account);
            let alone = layout.table(snapshot, &draft, owner, || 1, |_| None, |request, granting| {
                identity_grants::effective(request, document, granting)
            });
            prop_assert_eq!(shown(table), shown(&alone));
        }
    }
}

proptest! {
    #[test]
    fn kinds_of_rows_with_the_same_number_have_the_same_actions(organization in organization()) {
        let effective = EffectiveTables::from(compile(&organization.inventory(), &types(), &actions(), TODAY));
        let mut numbered: BTreeMap<u32, &[u32]> = BTreeMap::new();
        for (_, _, table) in held(&effective) {
            for (kind, known) in (0..).zip(effective.actions_of_kinds(table)) {
                let of_kind = table.of_account().common.rows.iter().filter(|row| row.kind == kind);
                prop_assert_eq!(of_kind.map(|row| row.action).collect::<Vec<_>>(), &*known.actions);
                prop_assert_eq!(*numbered.entry(known.number).or_insert(&known.actions), &*known.actions);
            }
        }
        let distinct: BTreeSet<&[u32]> = numbered.values().copied().collect();
        prop_assert_eq!(distinct.len(), numbered.len());
    }
}

/// Decides everything that a user holds, when S3 has so many more actions on objects.
fn decisions(more: usize) -> usize {
    let mut account = SampleAccount::of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    account.boundary = Some(vec![
        r#"{"Effect":"Allow","NotAction":"iam:*","Resource":["*"]}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::kept/*"}"#.to_owned(),
    ]);
    let more = (0..more).map(|number| ActionSpec {
        name: format!("s3:PutThing{number}").into(),
        level: Some(AccessLevel::DataWrite),
        types: vec![1],
        has_last_access: true,
    });
    let actions: Vec<ActionSpec> = actions().into_iter().chain(more).collect();
    let effective = EffectiveTables::from(compile(&account.inventory(), &types(), &actions, TODAY));
    let snapshot = effective.snapshot();
    let held = held(&effective).into_iter();
    let granting = held.filter(|(_, _, table)| !table.rows().is_empty());
    let counts = granting.map(|(document, class, _)| {
        let draft = identity_grants::draft(snapshot, class, document, None, &Dests::default());
        let limited = effective.layers.limited(snapshot, class);
        let layout = Layout::new(snapshot, &draft, Some(&limited.classes));
        let decided = layout.decided(snapshot, &draft, class, |request, granting| {
            identity_grants::effective(request, document, granting)
        });
        decided.count()
    });
    counts.sum()
}

#[test]
fn more_actions_that_no_layer_tells_apart_need_no_more_decisions() {
    let few = decisions(1);
    assert_eq!(decisions(500), few);
    assert!((1..40).contains(&few), "{few}");
}

/// Works out all that so many users hold: a policy that compares with the account of the principal, one that compares with its
/// team, and a Deny in a policy of its own. There are two teams, three things to deny, and so many buckets that deny everybody
/// to write without TLS. Returns the decisions, and the policies of buckets that were read for rows about many buckets.
fn work_for(users: usize, buckets: usize) -> [usize; 2] {
    let attached = ["of-account", "of-team"]
        .map(|name| json!({ "PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}") }));
    let user = |number: usize| {
        let kept = format!("arn:aws:s3:::kept-{}/*", number % 3);
        let deny = json!({ "Effect": "Deny", "Action": "s3:Delete*", "Resource": kept });
        json!({
            "Arn": format!("arn:aws:iam::111122223333:user/user-{number}"),
            "UserName": format!("user-{number}"),
            "AttachedManagedPolicies": attached,
            "UserPolicyList": [{ "PolicyName": format!("guard-{number}"), "PolicyDocument": { "Version": "2012-10-17",
                "Statement": [deny, { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::own-{number}/*") }] } }],
            "Tags": [{ "Key": "team", "Value": format!("team-{}", number % 2) }],
        })
    };
    let policy = |name: &str, condition: [&str; 2]| {
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": { "StringEquals": { condition[0]: condition[1] } } }] });
        json!({ "Arn": format!("arn:aws:iam::aws:policy/{name}"), "PolicyName": name, "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": document }] })
    };
    let details = json!({
        "UserDetailList": (0..users).map(user).collect::<Vec<_>>(), "RoleDetailList": [], "GroupDetailList": [],
        "Policies": [
            policy("of-account", ["aws:ResourceAccount", "${aws:PrincipalAccount}"]),
            policy("of-team", ["aws:ResourceTag/team", "${aws:PrincipalTag/team}"]),
        ],
    });
    let bucket = |number: usize| {
        let arn = format!("arn:aws:s3:::bucket-{number}");
        let objects = format!("{arn}/*");
        json!({ "resourceArn": arn, "policyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Deny",
            "Principal": "*", "Action": "s3:PutObject", "Resource": objects,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } }] } })
    };
    let policies = json!({ "account": "111122223333", "services": ["s3"],
        "resourcePolicies": (0..buckets).map(bucket).collect::<Vec<_>>() });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        resource_policies: Some(read_resource_policies(&policies.to_string()).unwrap()),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectiveTables::from(compile(&inventory, &types, &actions, TODAY));
    READ.with(|read| read.set(0));
    DECIDED.with(|decided| decided.set(0));
    let sources = effective.snapshot().sources.iter();
    let held = sources.flat_map(|source| source.attachments.iter().map(move |one| (source, one)));
    let shared = held.filter(|(_, one)| {
        let policy = effective.snapshot().policies.get(one.policy);
        policy.is_some_and(|policy| policy.kind != "Inline Policy")
    });
    for (source, one) in shared {
        assert!(!effective.table(one.table).rows().is_empty(), "{}", source.id);
    }
    [DECIDED.with(Cell::get), READ.with(Cell::get)]
}

#[test]
fn more_principals_for_whom_conditions_with_variables_come_to_the_same_need_no_more_decisions() {
    let [few, _] = work_for(12, 0);
    assert_eq!(work_for(120, 0), [few, 0]);
    assert!((1..200).contains(&few), "{few}");
}

/// Works out all that a user in each of so many accounts holds: a policy of AWS with one statement. Returns the decisions.
fn decisions_for_accounts(accounts: usize, statement: &str) -> usize {
    let user = |account: usize| {
        json!({
            "Arn": format!("arn:aws:iam::{account:012}:user/one"),
            "UserName": "one",
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p" }],
        })
    };
    let document: serde_json::Value = serde_json::from_str(statement).unwrap();
    let details = json!({
        "UserDetailList": (0..accounts).map(user).collect::<Vec<_>>(), "RoleDetailList": [], "GroupDetailList": [],
        "Policies": [{ "Arn": "arn:aws:iam::aws:policy/p", "PolicyName": "p", "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true,
                "Document": { "Version": "2012-10-17", "Statement": document } }] }],
    });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectiveTables::from(compile(&inventory, &types, &actions, TODAY));
    DECIDED.with(|decided| decided.set(0));
    let held = held(&effective);
    assert_eq!(held.len(), accounts);
    assert!(held.iter().all(|(_, _, table)| !table.rows().is_empty()));
    DECIDED.with(Cell::get)
}

#[test]
fn one_decision_serves_all_accounts_unless_the_policy_or_the_resource_tells_them_apart() {
    let alike = r#"{"Effect":"Allow","Action":["s3:*","ec2:Describe*"],"Resource":"*",
        "Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
    let few = decisions_for_accounts(2, alike);
    assert_eq!(decisions_for_accounts(20, alike), few);
    for told_apart in [
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*",
            "Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}}"#,
        r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-2:000000000001:q"}"#,
    ] {
        let few = decisions_for_accounts(2, told_apart);
        assert_eq!(decisions_for_accounts(20, told_apart), 10 * few, "{told_apart}");
    }
}

#[test]
fn what_buckets_deny_everybody_is_read_once_for_all_principals() {
    let [decided, read] = work_for(12, 20);
    assert_eq!(work_for(120, 20), [decided, read]);
    let [_, twice] = work_for(12, 40);
    assert!((1..=2 * read).contains(&twice), "{read} and {twice}");
}

/// Works out who can do something on one of so many keys, each of which leaves access to the account. So many roles have a
/// policy each that allows to decrypt with every key. Returns the tables that are made.
fn tables_of_one_key(roles: usize, keys: usize) -> usize {
    let role = |number: usize| {
        let allow = json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" });
        let own = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::own-{number}/*") });
        json!({
            "Arn": format!("arn:aws:iam::111122223333:role/role-{number}"),
            "RoleName": format!("role-{number}"),
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [] },
            "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [allow, own] } }],
        })
    };
    let details = json!({ "UserDetailList": [], "RoleDetailList": (0..roles).map(role).collect::<Vec<_>>(),
        "GroupDetailList": [], "Policies": [] });
    let arn = |number: usize| {
        format!("arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-{number:012}")
    };
    let key = |number: usize| {
        json!({ "resourceArn": arn(number), "policyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "kms:*", "Resource": "*" }] } })
    };
    let policies = json!({ "account": "111122223333", "services": ["kms"],
        "resourcePolicies": (0..keys).map(key).collect::<Vec<_>>() });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        resource_policies: Some(read_resource_policies(&policies.to_string()).unwrap()),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectiveTables::from(compile(&inventory, &types, &actions, TODAY)).covering(&arn(0));
    let all = effective.snapshot().tables.with_ids();
    let with_rows = all.filter(|(id, _)| !effective.table(*id).rows().is_empty());
    assert!(with_rows.count() >= roles);
    effective
        .tables
        .iter()
        .filter(|table| table.get().is_some())
        .count()
}

#[test]
fn the_policies_of_other_keys_are_not_read_for_one_key() {
    let few = tables_of_one_key(4, 2);
    assert_eq!(tables_of_one_key(4, 20), few);
}

/// A user gets a session token whatever policies say, and a role does not.
#[test]
fn a_user_and_a_role_who_hold_one_policy_are_told_apart_where_users_need_no_permission() {
    let boundary = "arn:aws:iam::111122223333:policy/reads";
    let entity = |kind: &str| {
        json!({
            "Arn": format!("arn:aws:iam::111122223333:{}/one", kind.to_lowercase()),
            format!("{kind}Name"): "one",
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/sessions" }],
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary },
        })
    };
    let policy = |arn: &str, action: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement":
            [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
        json!({ "Arn": arn, "PolicyName": "p", "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": document }] })
    };
    let mut role = entity("Role");
    role["AssumeRolePolicyDocument"] = json!({ "Version": "2012-10-17", "Statement": [] });
    let details = json!({
        "UserDetailList": [entity("User")], "RoleDetailList": [role], "GroupDetailList": [],
        "Policies": [policy("arn:aws:iam::aws:policy/sessions", "sts:GetSessionToken"), policy(boundary, "s3:GetObject")],
    });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectiveTables::from(compile(&inventory, &types, &actions, TODAY));
    let snapshot = effective.snapshot();
    let rows = snapshot.sources.iter().map(|source| {
        let tables = source.attachments.iter().map(|one| effective.table(one.table));
        (source.kind.as_str(), tables.map(|table| table.rows().len()).sum())
    });
    let rows: Vec<(&str, usize)> = rows.collect();
    assert_eq!(rows, [("role", 0), ("user", 1)]);
}
