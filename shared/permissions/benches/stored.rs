//! Measures what an import does and what a cold function does, with the documents of a big account.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench over broken input should stop"
)]

mod account;

use criterion::{Criterion, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use inventory::stored::{decode, encode};
use inventory::{Common, Inventory, Shard, ShardSize, read_authorization_details};
use mimalloc::MiMalloc;
use permissions::aws::{compile_shard, specs};
use std::hint::black_box;

/// The functions have it, too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(
    clippy::print_stderr,
    reason = "sizes are no times, and are wanted all the same"
)]
fn stored(criterion: &mut Criterion) {
    // There are few principals when the bench is only tried, as `cargo test` does.
    let principals = if std::env::args().any(|argument| argument == "--bench") {
        5_000
    } else {
        40
    };
    let text = account::Generator::new().account(0, principals);
    let read = || Inventory {
        details: read_authorization_details(&text).expect("a good document"),
        ..Inventory::default()
    };
    // One account is one shard.
    let division = read().divide(ShardSize::default()).expect("shards");
    let (common, shard) = (&division.common, &division.shards[0]);
    let encoded = || (encode(common).expect("bytes"), encode(shard).expect("bytes"));
    let (of_common, of_shard) = encoded();
    let (of_common, of_shard) = (of_common.bytes, of_shard.bytes);
    eprintln!(
        "document {} bytes, stored {} bytes in the common part, {} in the shard",
        text.len(),
        of_common.len(),
        of_shard.len()
    );
    let (types, actions) = specs(Catalogue::embedded());
    let date = jiff::civil::date(2026, 3, 31);
    let decoded = || -> (Common, Shard) {
        let common = decode(&of_common).expect("a common part");
        (common, decode(&of_shard).expect("a shard"))
    };
    let mut group = criterion.benchmark_group("stored");
    group.sample_size(10);
    group.bench_function("read", |bencher| bencher.iter(|| black_box(read())));
    group.bench_function("encode", |bencher| bencher.iter(|| black_box(encoded())));
    group.bench_function("decode", |bencher| bencher.iter_with_large_drop(decoded));
    group.bench_function("compile", |bencher| {
        bencher.iter_with_large_drop(|| compile_shard((common, shard), &types, &actions, date));
    });
    group.bench_function("load", |bencher| {
        bencher.iter_with_large_drop(|| {
            let (common, shard) = decoded();
            (
                compile_shard((&common, &shard), &types, &actions, date),
                common,
                shard,
            )
        });
    });
    group.finish();
}

criterion_group!(benches, stored);
criterion_main!(benches);
