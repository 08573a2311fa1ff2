//! These tests count two things while paths through several shards are searched: what is held in memory, and how many nodes are
//! looked at.

use super::graph::Across;
use super::part::LOOKED_AT;
use crate::aws::{EffectivePermissions, compile_shard, specs};
use iam::catalogue::Catalogue;
use inventory::{Inventory, InventoryDocument, Merge, ShardSize, read_authorization_details};
use serde_json::{Value, json};

fn account(number: usize) -> String {
    format!("{:012}", 111_122_223_333 + number)
}

/// Makes an account whose roles trust a service and a role of the first account. Each of them may change the policies and take
/// away the boundaries of all others, and has a policy of its own.
fn details(number: usize, roles: usize) -> String {
    let account_id = account(number);
    let role = |role: usize| -> Value {
        let arn = format!("arn:aws:iam::{account_id}:role/role-{role}");
        let hub = format!("arn:aws:iam::{}:role/role-0", account(0));
        json!({
            "Arn": arn,
            "RoleName": format!("role-{role}"),
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } },
                { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": hub } } ] },
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/limit" },
            "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": hub },
                { "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::own-{role}/*") },
                { "Effect": "Allow", "Action": ["iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"], "Resource": "*" } ] } }],
        })
    };
    let limit = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["sts:*", "iam:*Role*"], "Resource": "*" } ] });
    let policies = json!([{ "Arn": "arn:aws:iam::aws:policy/limit", "PolicyName": "limit", "DefaultVersionId": "v1",
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": limit }] }]);
    json!({ "UserDetailList": [], "GroupDetailList": [], "Policies": policies,
        "RoleDetailList": (0..roles).map(role).collect::<Vec<_>>() })
    .to_string()
}

/// Makes an account in which each role may act as the one before it, and the first one as a role of the second account.
fn chain(roles: usize) -> String {
    let arn = |role: usize| format!("arn:aws:iam::{}:role/role-{role}", account(0));
    let target = format!("arn:aws:iam::{}:role/role-0", account(1));
    let statement = |members: Value| {
        let mut statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole" });
        statement
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    let role = |role: usize| {
        let next = role.checked_sub(1).map_or_else(|| target.clone(), arn);
        let by = arn(roles.min(role + 1));
        json!({
            "Arn": arn(role),
            "RoleName": format!("role-{role}"),
            "AssumeRolePolicyDocument": statement(json!({ "Principal": { "AWS": by } })),
            "RolePolicyList": [{ "PolicyName": "next", "PolicyDocument": statement(json!({ "Resource": next })) }],
        })
    };
    json!({ "UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": (0..roles).map(role).collect::<Vec<_>>() })
    .to_string()
}

/// Returns how many texts, numbers and runs of numbers are held of an organization of which each account is a shard.
fn entries(accounts: usize, roles: usize) -> usize {
    entries_of((0..accounts).map(|number| details(number, roles)))
}

fn entries_of(documents: impl IntoIterator<Item = String>) -> usize {
    let mut merge = Merge::default();
    let mut accounts = 0;
    for document in documents {
        let details = read_authorization_details(&document).unwrap();
        let document = InventoryDocument::AuthorizationDetails(details);
        merge.add(&format!("{accounts}"), document).unwrap();
        accounts += 1;
    }
    let inventory: Inventory = merge.finish().unwrap();
    let size = ShardSize {
        principals: 0,
        bytes: 0,
    };
    let division = inventory.divide(size).unwrap();
    assert_eq!(division.shards.len(), accounts);
    let (types, actions) = specs(Catalogue::embedded());
    let date = "2026-03-31".parse().unwrap();
    let mut across = Across::default();
    for shard in &division.shards {
        let snapshot = compile_shard((&division.common, shard), &types, &actions, date);
        across.add(EffectivePermissions::from(snapshot).open_paths());
    }
    across.entries()
}

#[test]
fn twice_as_many_accounts_or_principals_hold_twice_as_much() {
    let few = entries(4, 8);
    let (accounts, roles) = (entries(8, 8), entries(4, 16));
    assert!(few > 4 * 8, "{few}");
    assert!(accounts <= 2 * few, "{few} and {accounts}");
    assert!(roles <= 2 * few, "{few} and {roles}");
    // The texts, the nodes and their numbers: with its boundary and without, each role has some of each.
    assert!(roles <= 8 * 4 * 16, "{roles}");
}

#[test]
fn long_chains_of_roles_are_not_looked_at_once_for_each_link() {
    const ROLES: usize = 300;
    LOOKED_AT.set(0);
    // Nothing of the chain would be held if it did not lead to the second account.
    let held = entries_of([chain(ROLES), details(1, 1)]);
    assert!(held > ROLES, "{held}");
    // The nodes are looked at for two questions: which of them lead to another shard, and which of them a path may need.
    let looked_at = LOOKED_AT.get();
    assert!((ROLES..=2 * ROLES * ROLES).contains(&looked_at), "{looked_at}");
}
