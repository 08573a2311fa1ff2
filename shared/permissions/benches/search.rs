//! Compiling and querying an account.
//!
//! `AUTHORIZATION_DETAILS` names a file with the answer of `aws iam get-account-authorization-details`; without it the
//! account is a generated one.

use criterion::{Criterion, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use permissions::inventory::{Inventory, read_authorization_details};
use permissions::snapshot::Snapshot;
use std::hint::black_box;

const QUERIES: [(&str, &str); 10] = [
    ("everything", "source.cloud.type = 'AWS'"),
    ("who_can", "action.name = 's3:DeleteBucket'"),
    ("one_source", "source.cloud.resource.name = 'user-7'"),
    (
        "wildcard",
        "dest.cloud.wildcardscope = true AND action.access.level = 'Data Write'",
    ),
    (
        "both",
        "action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances')",
    ),
    ("administrative", "action.access.isadministrative = true"),
    (
        "cross_account",
        "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'",
    ),
    (
        "through_groups",
        "grantedby.cloud.entity.type = 'group' AND dest.cloud.service.name = 's3'",
    ),
    (
        "conditions",
        "grantedby.cloud.policy.condition('aws:SourceIp') EXISTS",
    ),
    (
        "either",
        "dest.cloud.resource.type = 'bucket' OR NOT action.name STARTS WITH 'ec2:'",
    ),
];

const SERVICES: [&str; 8] = ["s3", "ec2", "iam", "dynamodb", "lambda", "sqs", "sns", "kms"];
const VERBS: [&str; 6] = ["Get*", "List*", "Describe*", "Put*", "Delete*", "*"];

/// Principals with a handful of policies out of many, a boundary for every tenth, a Deny for every seventh.
fn generated(principals: usize) -> String {
    let policies: Vec<String> = (0..200)
        .map(|index| {
            let service = SERVICES.iter().cycle().nth(index).unwrap_or(&"s3");
            let verbs = VERBS.iter().cycle().nth(index).unwrap_or(&"*");
            let deny = if index % 7 == 0 {
                r#",{"Effect":"Deny","Action":"*:Delete*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#
            } else {
                ""
            };
            format!(
                r#"{{"Arn":"arn:aws:iam::111122223333:policy/p{index}","PolicyVersionList":[{{"IsDefaultVersion":true,
                "Document":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{service}:{verbs}","Resource":"*"}},
                {{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-{index}/*"}}{deny}]}}}}]}}"#
            )
        })
        .collect();
    let users: Vec<String> = (0..principals)
        .map(|user| {
            let attached: Vec<String> = (0..10)
                .map(|nth| format!(r#"{{"PolicyArn":"arn:aws:iam::111122223333:policy/p{}"}}"#, (user * 7 + nth * 13) % 200))
                .collect();
            let boundary = if user % 10 == 0 {
                r#","PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/p5"}"#
            } else {
                ""
            };
            format!(
                r#"{{"Arn":"arn:aws:iam::111122223333:user/user-{user}","AttachedManagedPolicies":[{}]{boundary}}}"#,
                attached.join(",")
            )
        })
        .collect();
    format!(
        r#"{{"UserDetailList":[{}],"Policies":[{}]}}"#,
        users.join(","),
        policies.join(",")
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench is configured by whoever runs it"
)]
fn file() -> Option<String> {
    std::fs::read_to_string(std::env::var("AUTHORIZATION_DETAILS").ok()?).ok()
}

#[expect(clippy::unwrap_used, reason = "a bench over broken input should stop")]
fn search(criterion: &mut Criterion) {
    let text = file().unwrap_or_else(|| generated(5_000));
    let (types, actions) = permissions::catalogue::specs(Catalogue::embedded());
    let date = jiff::civil::date(2026, 3, 31);
    let inventory = || Inventory {
        details: read_authorization_details(&text).unwrap(),
        ..Inventory::default()
    };
    let mut group = criterion.benchmark_group("permissions");
    group.sample_size(10);
    group.bench_function("read", |bencher| bencher.iter(|| black_box(inventory())));
    let read = inventory();
    group.bench_function("compile", |bencher| {
        bencher.iter(|| black_box(Snapshot::compile(&read, &types, &actions, date)));
    });
    let snapshot = Snapshot::compile(&read, &types, &actions, date);
    for (name, condition) in QUERIES {
        let query = rql::Query::parse(&format!("config from iam where {condition}")).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(snapshot.page(&query, 100, None).total));
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
