//! Measures the time to read the largest query that is allowed.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rql::Query;

/// Returns a query of just under 16,384 characters: `clauses` clauses with lists, as long as fits.
fn large(item: &str) -> String {
    let mut query = String::from("config from iam where source.public = false");
    let clause = format!(" AND action.name IN ({})", vec![item; 40].join(", "));
    while query.len() + clause.len() <= 16_384 {
        query.push_str(&clause);
    }
    query
}

/// Returns a query of the most clauses about one attribute: one of as many values as fit, and others that exclude other values.
fn excluded() -> String {
    let clauses = " AND dest.cloud.resource.name != 'w'".repeat(255);
    let most = (16_384 - clauses.len() - 60) / 7;
    let values: Vec<String> = (0..most.min(1_000)).map(|value| format!("'{value}'")).collect();
    format!(
        "config from iam where dest.cloud.resource.name IN ({}){clauses}",
        values.join(", ")
    )
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse 16 KB");
    let text = large("'s3:GetObjectVersionTagging'");
    let nested = format!(
        "config from iam where {}source.public = true{}",
        "(".repeat(32),
        ")".repeat(32)
    );
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("lists", |bencher| bencher.iter(|| Query::parse(black_box(&text))));
    let query = Query::parse(&text).ok();
    group.bench_function("identity", |bencher| {
        bencher.iter(|| black_box(&query).as_ref().map(Query::identity));
    });
    group.bench_function("suggest", |bencher| {
        bencher.iter(|| rql::suggest(black_box(&text), &()));
    });
    let excluded = excluded();
    group.throughput(Throughput::Bytes(excluded.len() as u64));
    let excluded = Query::parse(&excluded).ok();
    group.bench_function("warnings", |bencher| {
        bencher.iter(|| black_box(&excluded).as_ref().map(|query| query.warnings(&())));
    });
    group.finish();
    criterion.bench_function("parse nested", |bencher| {
        bencher.iter(|| Query::parse(black_box(&nested)));
    });
}

criterion_group!(benches, parse);
criterion_main!(benches);
