//! Measures what an import does and what a cold function does, with the documents of a big account.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench over broken input should stop"
)]

mod account;

use criterion::{Criterion, criterion_group, criterion_main};
use iam::catalogue::Catalogue;
use inventory::stored::StoredInventory;
use inventory::{Inventory, read_authorization_details};
use permissions::aws::{compile, specs};
use std::hint::black_box;

#[expect(
    clippy::print_stderr,
    reason = "sizes are no times, and are wanted all the same"
)]
fn stored(criterion: &mut Criterion) {
    // Few principals when the bench is only tried, as `cargo test` does.
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
    let stored = StoredInventory {
        date: jiff::civil::date(2026, 3, 31),
        inventory: read(),
    };
    let bytes = stored.encode().expect("bytes");
    eprintln!("document {} bytes, stored {} bytes", text.len(), bytes.len());
    let (types, actions) = specs(Catalogue::embedded());
    let compile_stored = |stored: &StoredInventory| compile(&stored.inventory, &types, &actions, stored.date);
    let decode = || StoredInventory::decode(&bytes).expect("a snapshot");
    let mut group = criterion.benchmark_group("stored");
    group.sample_size(10);
    group.bench_function("read", |bencher| bencher.iter(|| black_box(read())));
    group.bench_function("encode", |bencher| bencher.iter(|| black_box(stored.encode())));
    group.bench_function("decode", |bencher| bencher.iter_with_large_drop(decode));
    group.bench_function("compile", |bencher| {
        bencher.iter_with_large_drop(|| compile_stored(&stored));
    });
    group.bench_function("load", |bencher| {
        bencher.iter_with_large_drop(|| {
            let stored = decode();
            (compile_stored(&stored), stored)
        });
    });
    group.finish();
}

criterion_group!(benches, stored);
criterion_main!(benches);
