//! Measures the first page of a hundred rows with the exact total: typical queries over a big account, warm, and how
//! they grow.
//!
//! `AUTHORIZATION_DETAILS` names a file with the reply of `aws iam get-account-authorization-details` to ask instead of
//! the generated account.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench over broken input should stop"
)]

mod account;
mod queries;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details, read_last_accessed, read_organization};
use mimalloc::MiMalloc;
use model::permissions::{GroupBy, GroupByField};
use permissions::aws::{EffectivePermissions, compile, specs};
use permissions::shard::{GroupsWanted, NotesWanted, Occurring, ShardReply, Wanted, merged};
use queries::{QUERIES, first_page, query, replied};
use serde_json::json;
use std::hint::black_box;
use std::time::Instant;

/// The functions have it, too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Returns the number of principals of the generated account: few when the benches are only tried, as `cargo test`
/// does.
fn principals() -> usize {
    if std::env::args().any(|argument| argument == "--bench") {
        5_000
    } else {
        40
    }
}

/// An organization that allows everything and denies most regions.
const ORGANIZATION: &str = r#"{"managementAccount":"999999999999","policies":[
    {"id":"p-all","content":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}},
    {"id":"p-regions","content":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:*","sts:*"],
        "Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}}]}}],
    "root":{"policies":["p-all"],"accounts":[
        {"id":"111122223333","name":"Production","policies":["p-all","p-regions"]}]}}"#;

/// Makes a last accessed report: every principal has used two of ten services, and two actions of one of them are
/// tracked.
fn last_accessed(details: &Inventory) -> String {
    let services = [
        "s3",
        "ec2",
        "iam",
        "sqs",
        "sns",
        "kms",
        "lambda",
        "dynamodb",
        "logs",
        "cloudwatch",
    ];
    let users = details.details.users.iter().map(|user| &user.arn);
    let arns = users.chain(details.details.roles.iter().map(|role| &role.arn));
    let reports: Vec<_> = arns
        .enumerate()
        .map(|(principal, arn)| {
            let services = services.iter().enumerate().map(|(nth, service)| {
                let mut usage = json!({ "ServiceNamespace": service });
                if (principal + nth).is_multiple_of(5) {
                    usage["LastAuthenticated"] = json!("2026-03-20T10:00:00Z");
                }
                if *service == "s3" {
                    usage["TrackedActionsLastAccessed"] = json!([
                        { "ActionName": "ListAllMyBuckets", "LastAccessedTime": "2026-03-20T10:00:00Z" },
                        { "ActionName": "DeleteBucket" },
                    ]);
                }
                usage
            });
            json!({ "Arn": arn, "JobStatus": "COMPLETED", "ServicesLastAccessed": services.collect::<Vec<_>>() })
        })
        .collect();
    json!({ "reports": reports }).to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench is configured by whoever runs it"
)]
fn file() -> Option<String> {
    let name = std::env::var("AUTHORIZATION_DETAILS").ok()?;
    Some(std::fs::read_to_string(name).expect("a readable file"))
}

fn compiled(text: &str) -> EffectivePermissions {
    let (types, actions) = specs(Catalogue::embedded());
    let mut inventory = Inventory {
        details: read_authorization_details(text).expect("a good document"),
        organization: Some(read_organization(ORGANIZATION).expect("an organization")),
        ..Inventory::default()
    };
    let usage = read_last_accessed(&last_accessed(&inventory)).expect("reports");
    inventory.last_accessed = Some(usage);
    compile(&inventory, &types, &actions, jiff::civil::date(2026, 3, 31)).into()
}

#[expect(
    clippy::print_stderr,
    reason = "numbers of rows are no times, and are wanted all the same"
)]
fn search(criterion: &mut Criterion) {
    let effective = compiled(&file().unwrap_or_else(|| account::Generator::new().account(0, principals())));
    let mut group = criterion.benchmark_group("first_page");
    for (name, condition) in QUERIES {
        let query = query(condition);
        // The first search works out the tables that all later searches find.
        let start = Instant::now();
        let rows = first_page(&effective, &query);
        eprintln!("{name}: {rows} rows, {:?} the first time", start.elapsed());
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(first_page(&effective, &query)));
        });
    }
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth");
    for principals in [principals() / 4, principals() / 2, principals()] {
        let effective = compiled(&account::Generator::new().account(0, principals));
        for name in ["everything", "wildcard", "unused"] {
            let condition = QUERIES.iter().find(|(other, _)| *other == name);
            let query = query(condition.map_or("", |(_, condition)| condition));
            group.bench_function(BenchmarkId::new(name, principals), |bencher| {
                bencher.iter(|| black_box(first_page(&effective, &query)));
            });
        }
    }
    group.finish();
}

/// Fields that results are grouped by: by one thing each, and by two
const GROUPINGS: [(&str, &[GroupByField]); 7] = [
    ("source", &[GroupByField::Source]),
    ("policy", &[GroupByField::GrantedByPolicy]),
    ("action", &[GroupByField::Action]),
    ("destination", &[GroupByField::Destination]),
    (
        "source_last_access",
        &[GroupByField::Source, GroupByField::LastAccess],
    ),
    // The explorer draws its graph from pairs of columns.
    (
        "source_entity",
        &[GroupByField::Source, GroupByField::GrantedByEntity],
    ),
    (
        "policy_destination",
        &[GroupByField::GrantedByPolicy, GroupByField::Destination],
    ),
];

#[expect(
    clippy::print_stderr,
    reason = "numbers of groups are no times, and are wanted all the same"
)]
fn groups(criterion: &mut Criterion) {
    let effective = compiled(&file().unwrap_or_else(|| account::Generator::new().account(0, principals())));
    let query = query("source.cloud.type = 'AWS'");
    let mut group = criterion.benchmark_group("groups");
    for (name, fields) in GROUPINGS {
        let by = GroupBy::of(fields.iter().copied());
        let grouped = || {
            let wanted = GroupsWanted {
                by: by.bits(),
                skip: 0,
                bytes: u64::MAX,
            };
            let wanted = Wanted::Groups(Occurring::default(), wanted, NotesWanted::No);
            let bytes = replied(&effective, &query, wanted);
            let Ok(ShardReply::Groups(part)) = ShardReply::decode(&bytes) else {
                return (0, 0);
            };
            let groups = merged(by, part.groups, None).expect("not too many");
            (groups.total(), groups.rows())
        };
        let (total, rows) = grouped();
        eprintln!("{name}: {total} groups of {rows} rows");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(grouped())));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = search, growth, groups
}
criterion_main!(benches);
