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
    group.finish();
    criterion.bench_function("parse nested", |bencher| {
        bencher.iter(|| Query::parse(black_box(&nested)));
    });
}

criterion_group!(benches, parse);
criterion_main!(benches);
