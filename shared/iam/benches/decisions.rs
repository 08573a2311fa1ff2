//! Reading, compiling, matching and deciding, on generated policies.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use iam::arn::{ArnPattern, Resource, ShortArn};
use iam::context::Context;
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, Request, evaluate};
use iam::matching::Principal;
use iam::policy::Policy;
use std::hint::black_box;

const BUCKET: &str = "arn:aws:s3:::bucket-7/reports/2026/01.csv";

/// Returns a policy of 100 statements as they are usually written
fn document() -> String {
    let statement = |at: usize| {
        format!(
            r#"{{"Sid":"S{at}","Effect":"Allow","Action":["s3:Get*","s3:PutObject","sqs:SendMessage"],
            "Resource":["arn:aws:s3:::bucket-{at}/*","arn:aws:sqs:*:*:queue-{at}"],
            "Condition":{{"StringEquals":{{"aws:PrincipalOrgID":"o-{at}"}},"Bool":{{"aws:SecureTransport":"true"}}}}}}"#
        )
    };
    let statements: Vec<String> = (0..100).map(statement).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

fn bench(criterion: &mut Criterion) {
    let text = document();
    let kind = PolicyKind::Identity;
    criterion.bench_function("read 100 statements", |b| {
        b.iter(|| Document::parse(black_box(&text), kind));
    });
    let Ok(parsed) = Document::parse(&text, kind) else {
        return;
    };
    let parsed = parsed.document;
    criterion.bench_function("compile 100 statements", |b| {
        b.iter(|| Policy::compile(black_box(&parsed), kind));
    });

    let patterns: Vec<ArnPattern> = (0..20_000)
        .map(|at| {
            ArnPattern::parse(
                &format!("arn:aws:s3:::bucket-{}/*/{at}*", at % 40),
                ShortArn::Padded,
            )
        })
        .collect();
    let resource = Resource::parse(BUCKET).unwrap_or(Resource::Unspecified);
    criterion.bench_function("match 20,000 patterns", |b| {
        b.iter(|| {
            patterns
                .iter()
                .filter(|pattern| pattern.matches(black_box(&resource)))
                .count()
        });
    });
    criterion.bench_function("overlap with 1,000 patterns", |b| {
        let outer = ArnPattern::parse("arn:aws:s3:::bucket-*/*7*", ShortArn::Padded);
        b.iter(|| {
            patterns
                .iter()
                .take(1_000)
                .filter(|one| black_box(&outer).overlaps(one))
                .count()
        });
    });

    let policy = Policy::compile(&parsed, kind);
    let identity = [Attached::new(&policy, "generated")];
    let Ok(principal) = Principal::parse("arn:aws:iam::111111111111:user/ann") else {
        return;
    };
    let keys = Context::of_principal(&principal);
    criterion.bench_function("decide over 100 statements", |b| {
        b.iter_batched(
            || Request::new(&principal, "s3:GetObject", resource, &keys),
            |request| evaluate(&request, &Layers::identity(&identity)).outcome,
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
