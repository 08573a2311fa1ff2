//! These tests count the steps for twice as many principals together with twice as many policies of resources: pairs of them
//! would take four times as many.

use super::super::layout::DECIDED;
use super::super::resource_side::READ;
use crate::aws::compile::SIGNED;
use crate::aws::tests::sample_account::TODAY;
use crate::aws::{EffectivePermissions, compile, specs};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details, read_resource_policies};
use rstest::rstest;
use serde_json::{Value, json};
use std::cell::Cell;

/// Says whom each of many buckets denies to write
#[derive(Debug, Clone, Copy)]
enum Denied {
    /// One user, another one for each bucket
    One,
    /// All but one user, another one for each bucket
    AllButOne,
    /// Everybody whose ARN is that of one user
    OneArn,
    /// Everybody whose ARN is not that of one user
    AllButOneArn,
    /// Everybody whose ARN begins with that of one user
    OneBeginning,
    /// Everybody whose ARN ends with that of one user, in whatever account
    OneEnd,
    /// Everybody whose ARN has the name of one user in the middle
    AllButOneMiddle,
    /// Everybody whose tag is that of one user
    OneTag,
    /// Everybody whose tag is not that of one user
    AllButOneTag,
    /// Everybody with a tag that nobody has but one user, another tag for each bucket
    OwnTag,
    /// Everybody without that tag
    AllButOwnTag,
    /// Everybody with that tag, unless its value is that of a tag of the resource
    OwnTagOfResource,
}

/// Says who holds what allows to write
#[derive(Debug, Clone, Copy)]
enum Held {
    /// All users hold one policy
    Together,
    /// Each user has a policy of its own
    Alone,
}

/// Says how much was done to work out what all users hold
#[derive(Debug)]
struct Steps {
    /// Deny statements that were signed for users
    signed: usize,
    /// Decisions about cells
    decided: usize,
    /// Policies and statements that were read for rows about many buckets
    read: usize,
}

fn user(number: usize) -> String {
    format!("arn:aws:iam::111122223333:user/user-{number:03}")
}

fn allow(own: usize) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*Object", "Resource": "*" },
        { "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": format!("arn:aws:sqs:eu-west-1:111122223333:queue-{own}") },
    ] })
}

fn inventory(size: usize, held: Held, denied: Denied) -> Inventory {
    let entity = |number: usize| {
        let (attached, own) = match held {
            Held::Together => (
                json!([{ "PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/objects" }]),
                json!([]),
            ),
            Held::Alone => (
                json!([]),
                json!([{ "PolicyName": "own", "PolicyDocument": allow(number) }]),
            ),
        };
        json!({ "Arn": user(number), "UserName": format!("user-{number:03}"), "Tags": [
            { "Key": "owner", "Value": format!("owner-{number}") }, { "Key": format!("own-{number}"), "Value": "yes" } ], "AttachedManagedPolicies": attached, "UserPolicyList": own })
    };
    let policy = json!({ "Arn": "arn:aws:iam::aws:policy/objects", "PolicyName": "p", "DefaultVersionId": "v1",
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": allow(0) }] });
    let details = json!({ "UserDetailList": (0..size).map(entity).collect::<Vec<_>>(), "RoleDetailList": [], "GroupDetailList": [],
        "Policies": [policy] });
    let bucket = |number: usize| {
        let arn = format!("arn:aws:s3:::bucket-{number}");
        let objects = format!("{arn}/*");
        let mut statement = json!({ "Effect": "Deny", "Action": "s3:PutObject", "Resource": objects });
        match denied {
            Denied::One => statement["Principal"] = json!({ "AWS": user(number) }),
            Denied::AllButOne => {
                statement["NotPrincipal"] =
                    json!({ "AWS": ["arn:aws:iam::111122223333:root", user(number)] });
            }
            Denied::OneArn | Denied::AllButOneArn => {
                let is_one = matches!(denied, Denied::OneArn);
                let operator = if is_one { "ArnEquals" } else { "ArnNotEquals" };
                statement["Principal"] = json!("*");
                statement["Condition"] = json!({ operator: { "aws:PrincipalArn": user(number) } });
            }
            Denied::OneBeginning | Denied::OneEnd => {
                let pattern = if matches!(denied, Denied::OneEnd) {
                    format!("arn:aws:iam::*:user/user-{number:03}")
                } else {
                    format!("{}*", user(number))
                };
                statement["Principal"] = json!("*");
                statement["Condition"] = json!({ "ArnLike": { "aws:PrincipalArn": pattern } });
            }
            Denied::AllButOneMiddle => {
                let pattern = format!("arn:aws:iam::*:user/*-{number:03}*");
                statement["Principal"] = json!("*");
                statement["Condition"] = json!({ "ArnNotLike": { "aws:PrincipalArn": pattern } });
            }
            Denied::OwnTagOfResource => {
                let [own, of_resource] =
                    ["Principal", "Resource"].map(|whose| format!("aws:{whose}Tag/own-{number}"));
                statement["Principal"] = json!("*");
                statement["Condition"] = json!({ "StringNotEquals": { own.clone(): format!("${{{of_resource}}}") }, "Null": { own: "false" } });
            }
            Denied::OneTag | Denied::AllButOneTag | Denied::OwnTag | Denied::AllButOwnTag => {
                let is_one = matches!(denied, Denied::OneTag | Denied::OwnTag);
                let operator = if is_one { "StringEquals" } else { "StringNotEquals" };
                let (key, value) = if matches!(denied, Denied::OneTag | Denied::AllButOneTag) {
                    ("aws:PrincipalTag/owner".to_owned(), format!("owner-{number}"))
                } else {
                    (format!("aws:PrincipalTag/own-{number}"), "yes".to_owned())
                };
                statement["Principal"] = json!("*");
                statement["Condition"] = json!({ operator: { key: value } });
            }
        }
        json!({ "resourceArn": arn, "policyDocument": { "Version": "2012-10-17", "Statement": [statement] } })
    };
    let policies = json!({ "account": "111122223333", "services": ["s3"],
        "resourcePolicies": (0..size).map(bucket).collect::<Vec<_>>() });
    Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        resource_policies: Some(read_resource_policies(&policies.to_string()).unwrap()),
        ..Inventory::default()
    }
}

/// Works out all that so many users hold, where so many buckets deny something.
fn steps(size: usize, held: Held, denied: Denied) -> Steps {
    let (types, actions) = specs(Catalogue::embedded());
    SIGNED.set(0);
    let effective =
        EffectivePermissions::from(compile(&inventory(size, held, denied), &types, &actions, TODAY));
    let signed = SIGNED.get();
    READ.set(0);
    DECIDED.set(0);
    let snapshot = effective.snapshot();
    for source in snapshot.sources.iter() {
        for one in &source.attachments {
            assert!(!effective.table(one.table).rows().is_empty(), "{}", source.id);
        }
    }
    Steps {
        signed,
        decided: DECIDED.with(Cell::get),
        read: READ.with(Cell::get),
    }
}

#[rstest]
fn twice_as_many_principals_and_denying_buckets_take_twice_the_steps(
    #[values(Held::Together, Held::Alone)] held: Held,
    #[values(
        Denied::One,
        Denied::AllButOne,
        Denied::OneArn,
        Denied::AllButOneArn,
        Denied::OneBeginning,
        Denied::OneEnd,
        Denied::AllButOneMiddle,
        Denied::OneTag,
        Denied::AllButOneTag,
        Denied::OwnTag,
        Denied::AllButOwnTag,
        Denied::OwnTagOfResource
    )]
    denied: Denied,
) {
    let (few, many) = (steps(16, held, denied), steps(32, held, denied));
    let grows = |few: usize, many: usize| (few..=2 * few).contains(&many);
    assert!(
        few.signed >= 16 && grows(few.signed, many.signed),
        "{few:?} and {many:?}"
    );
    assert!(
        few.decided > 0 && grows(few.decided, many.decided),
        "{few:?} and {many:?}"
    );
    assert!(
        few.read >= 16 && grows(few.read, many.read),
        "{few:?} and {many:?}"
    );
}

/// Returns the tables and the decisions that it takes to know what so many roles may do with as many keys. Each key leaves access to
/// the account, and each role has a policy of its own that allows to decrypt with any key.
fn tables_and_decisions(size: usize) -> [usize; 2] {
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
    let details = json!({ "UserDetailList": [], "RoleDetailList": (0..size).map(role).collect::<Vec<_>>(),
        "GroupDetailList": [], "Policies": [] });
    let key = |number: usize| {
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-{number:012}");
        json!({ "resourceArn": arn, "policyDocument": { "Version": "2012-10-17", "Statement": [{ "Sid": format!("key-{number}"),
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "kms:*", "Resource": "*" }] } })
    };
    let policies = json!({ "account": "111122223333", "services": ["kms"],
        "resourcePolicies": (0..size).map(key).collect::<Vec<_>>() });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        resource_policies: Some(read_resource_policies(&policies.to_string()).unwrap()),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectivePermissions::from(compile(&inventory, &types, &actions, TODAY));
    let snapshot = effective.snapshot();
    DECIDED.set(0);
    for source in snapshot
        .sources
        .iter()
        .filter(|one| &*one.account == "111122223333")
    {
        let tables = source.attachments.iter().map(|one| effective.table(one.table));
        let rows: usize = tables.map(|table| table.rows().len()).sum();
        assert!(rows > size, "{} has {rows} rows", source.id);
    }
    [snapshot.tables.len(), DECIDED.get()]
}

#[test]
fn principals_who_may_do_the_same_with_resources_share_what_is_worked_out_for_each_resource() {
    let (few, many) = (tables_and_decisions(10), tables_and_decisions(20));
    for (few, many) in few.into_iter().zip(many) {
        assert!(few > 0 && many <= 2 * few, "{few} and {many}");
    }
}
