//! Measures inputs in which principals and policies of resources could be compared in pairs: compiling them, and the first page of
//! everything with its exact total, in a cold process.

#![expect(clippy::expect_used, reason = "a bench over broken input should stop")]

#[expect(dead_code, reason = "other benches take the list of queries")]
mod queries;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details, read_resource_policies};
use mimalloc::MiMalloc;
use permissions::aws::{EffectivePermissions, compile, specs};
use queries::{first_page, query};
use serde_json::{Value, json};
use std::hint::black_box;

/// The functions have it, too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Made = fn(usize) -> Inventory;

/// Returns a size: a small one when the benches are only tried, as `cargo test` does.
fn size(most: usize) -> usize {
    if std::env::args().any(|argument| argument == "--bench") {
        most
    } else {
        most.min(20)
    }
}

/// Makes so many roles, each with a policy of its own that allows two actions on everything, and so many policies of resources.
fn inventory(size: usize, actions: [&str; 2], policy: impl Fn(usize) -> (String, Value)) -> Inventory {
    let role = |number: usize| {
        let allow = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
        let own = json!({ "Effect": "Allow", "Action": "sqs:SendMessage",
            "Resource": format!("arn:aws:sqs:eu-west-1:111122223333:queue-{number}") });
        json!({
            "Arn": role_arn(number),
            "RoleName": format!("role-{number}"),
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [] },
            "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [allow, own] } }],
        })
    };
    let details = json!({ "UserDetailList": [], "RoleDetailList": (0..size).map(role).collect::<Vec<_>>(),
        "GroupDetailList": [], "Policies": [] });
    let policies = (0..size).map(|number| {
        let (arn, statement) = policy(number);
        json!({ "resourceArn": arn, "policyDocument": { "Version": "2012-10-17", "Statement": [statement] } })
    });
    let policies = json!({ "account": "111122223333", "services": ["s3", "kms"],
        "resourcePolicies": policies.collect::<Vec<_>>() });
    Inventory {
        details: read_authorization_details(&details.to_string()).expect("a good document"),
        resource_policies: Some(read_resource_policies(&policies.to_string()).expect("a good document")),
        ..Inventory::default()
    }
}

fn role_arn(number: usize) -> String {
    format!("arn:aws:iam::111122223333:role/role-{number}")
}

/// Makes buckets of which each denies one of the roles to write.
fn denying_buckets(size: usize) -> Inventory {
    inventory(size, ["s3:PutObject", "s3:GetObject"], |number| {
        let arn = format!("arn:aws:s3:::bucket-{number}");
        let objects = format!("{arn}/*");
        let statement = json!({ "Effect": "Deny", "Principal": { "AWS": role_arn(number) }, "Action": "s3:PutObject", "Resource": objects });
        (arn, statement)
    })
}

/// Makes buckets of which each denies everybody to write but the roles, of any account, whose names end in a number.
fn buckets_that_spare_a_pattern(size: usize) -> Inventory {
    inventory(size, ["s3:PutObject", "s3:GetObject"], |number| {
        let arn = format!("arn:aws:s3:::bucket-{number}");
        let objects = format!("{arn}/*");
        let spared = format!("arn:aws:iam::*:role/*-{number}");
        let statement = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects,
            "Condition": { "ArnNotLike": { "aws:PrincipalArn": spared } } });
        (arn, statement)
    })
}

/// Makes keys of which each leaves access to the policies of the roles.
fn keys_of_the_account(size: usize) -> Inventory {
    inventory(size, ["kms:Decrypt", "kms:Encrypt"], |number| {
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-{number:012}");
        let statement = json!({ "Sid": format!("key{number}"), "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": { "AWS": "arn:aws:iam::111122223333:root" } });
        (arn, statement)
    })
}

fn pairs(criterion: &mut Criterion) {
    let (types, actions) = specs(Catalogue::embedded());
    let compiled = |inventory: &Inventory| -> EffectivePermissions {
        compile(inventory, &types, &actions, jiff::civil::date(2026, 3, 31)).into()
    };
    let everything = query("source.cloud.type = 'aws'");
    let mut group = criterion.benchmark_group("pairs");
    group.sample_size(10);
    let inputs: [(&str, Made, usize); 3] = [
        (
            "5,000 roles, 5,000 buckets that deny one of them",
            denying_buckets,
            5_000,
        ),
        (
            "5,000 roles, 5,000 buckets that deny all but those with a name like a pattern",
            buckets_that_spare_a_pattern,
            5_000,
        ),
        (
            "400 roles, 400 keys that allow their account",
            keys_of_the_account,
            400,
        ),
    ];
    for (name, make, most) in inputs {
        let inventory = make(size(most));
        group.bench_function(format!("compile {name}"), |bencher| {
            bencher.iter(|| black_box(compiled(&inventory)));
        });
        group.bench_function(format!("everything of {name}"), |bencher| {
            bencher.iter_batched(
                || compiled(&inventory),
                |effective| black_box(first_page(&effective, &everything)),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, pairs);
criterion_main!(benches);
