//! Parsing and validating a body against parsing it with `serde_json`: the goal is within three times.
//!
//! Bodies: 100 targets; 350 KB of names without wildcards; the same with a wildcard in every other name, and as
//! one target with every name; the largest number of targets that fit; names with stars inside, which only comparisons
//! tell apart, up to the bound of the search and far beyond it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ncloud::{Catalogue, Options, parse, validate};

/// Makes a body with `targets` targets of `names` names each. Every `star`-th name is a pattern.
fn body(targets: usize, names: usize, star: usize) -> String {
    let codes = ["VPCServer", "ObjectStorage", "APIGateway", "VPC", "KMS"];
    let mut text =
        r#"{"policyName":"policy-test","description":"","permissions":[{"effect":"Allow","targets":["#
            .to_owned();
    let mut number = 0;
    for (target, code) in (0..targets).zip(codes.iter().cycle()) {
        let comma = if target == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"product":"{code}","actions":["View*","Change/update{target}"],"resourceNrns":["#
        )
        .unwrap();
        for name in 0..names {
            let comma = if name == 0 { "" } else { "," };
            let end = if number % star == star - 1 { "*" } else { "" };
            write!(
                text,
                r#"{comma}"nrn:PUB:{code}:KR:{}:Instance/{number}-{target}{end}""#,
                1000 + target
            )
            .unwrap();
            number += 1;
        }
        text.push_str("]}");
    }
    text.push_str("]}]}");
    text
}

/// Returns one target of names with stars inside, so that neither a prefix nor a suffix distinguishes them.
fn stars(names: usize) -> String {
    let stars = "*a".repeat(18);
    let names: Vec<String> = (0..names)
        .map(|number| format!(r#""nrn:PUB:Server:KR:1:Server/{stars}*{number:04}*b""#))
        .collect();
    format!(
        r#"{{"policyName":"policy-test","description":"","permissions":[{{"effect":"Allow","targets":[{{"product":"Server","actions":["View*"],"resourceNrns":[{}]}}]}}]}}"#,
        names.join(",")
    )
}

fn bench(criterion: &mut Criterion) {
    let bodies = [
        ("100 targets", body(100, 3, usize::MAX)),
        ("350 KB", body(100, 73, usize::MAX)),
        ("350 KB, half wildcards", body(100, 73, 2)),
        ("350 KB, one target, half wildcards", body(1, 7800, 2)),
        ("350 KB, many targets", body(2700, 1, 4)),
        ("400 names with stars inside", stars(400)),
        ("4,000 names with stars inside", stars(4_000)),
    ];
    let catalogue = Catalogue::published();
    let mut group = criterion.benchmark_group("policy");
    for (name, body) in &bodies {
        let parsed = parse(body.as_bytes()).unwrap();
        let report = validate(&parsed, catalogue, Options::default());
        let success = report.success();
        assert!(
            success && body.len() < 358_400,
            "{name}: {} {:?}",
            body.len(),
            report.into_findings().first()
        );
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("serde_json::Value", name),
            body,
            |bencher, body| {
                bencher.iter(|| {
                    serde_json::from_slice::<serde_json::Value>(black_box(body.as_bytes())).unwrap()
                });
            },
        );
        group.bench_with_input(BenchmarkId::new("parse", name), body, |bencher, body| {
            bencher.iter(|| parse(black_box(body.as_bytes())).unwrap());
        });
        group.bench_with_input(
            BenchmarkId::new("parse and validate", name),
            body,
            |bencher, body| {
                bencher.iter(|| {
                    let body = parse(black_box(body.as_bytes())).unwrap();
                    validate(&body, catalogue, Options::default()).into_findings()
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
