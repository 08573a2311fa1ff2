//! Measures the scan of a trail, and compares it with the decompression alone.
//!
//! Goals: at least 0.8 of the throughput of the decompression, and 500,000 records a second on one core.
#![expect(clippy::expect_used, reason = "a benchmark may stop")]

mod cpu_time;
mod records;

use std::hint::black_box;

use cpu_time::CpuTime;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use flate2::{Decompress, FlushDecompress, Status};
use records::Trail;
use trail::actions;
use trail::log::Reader;
use trail::principal::{Principal, TimeRange};
use trail::scan::{Scanner, Services, Wanted};

/// Says how many bytes of a file come at once, as from a socket.
const CHUNK: usize = 64 * 1024;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime(WallTime))
        .configure_from_args();
    let trail = records::trail(24, 5_000);
    let mut group = criterion.benchmark_group("trail");
    group.sample_size(20);
    group.throughput(Throughput::ElementsAndBytes {
        elements: trail.records,
        bytes: trail.bytes,
    });
    decompression(&mut group, &trail);
    splitting(&mut group, &trail);
    scanning(&mut group, &trail);
    group.finish();
    criterion.final_summary();
}

/// Measures the floor: the decoder that the scanner uses, writing over the same window again and again.
fn decompression(group: &mut BenchmarkGroup<'_, CpuTime>, trail: &Trail) {
    let mut decoder = Decompress::new_gzip(15);
    let mut window = vec![0; 256 * 1024];
    group.bench_function("decompression alone", |bencher| {
        bencher.iter(|| {
            for file in &trail.files {
                decoder.reset(true);
                let mut rest = file.as_slice();
                loop {
                    let before = decoder.total_in();
                    let status = decoder
                        .decompress(rest, &mut window, FlushDecompress::None)
                        .expect("the file is whole");
                    let read = usize::try_from(decoder.total_in() - before).expect("within the file");
                    rest = rest.get(read..).unwrap_or_default();
                    black_box(&window);
                    if status == Status::StreamEnd {
                        break;
                    }
                }
            }
        });
    });
}

/// Measures decompression together with the search for every record.
fn splitting(group: &mut BenchmarkGroup<'_, CpuTime>, trail: &Trail) {
    let mut reader = Reader::default();
    group.bench_function("splitting into records", |bencher| {
        bencher.iter(|| {
            let mut records = 0;
            for file in &trail.files {
                for chunk in file.chunks(CHUNK) {
                    reader.feed(chunk, |_| records += 1);
                }
                reader.finish(|_| records += 1).expect("the file is whole");
            }
            assert_eq!(records, trail.records);
        });
    });
}

/// Measures the whole way from files to usage.
fn scanning(group: &mut BenchmarkGroup<'_, CpuTime>, trail: &Trail) {
    let wanted = Wanted {
        principal: Principal::parse(records::ROLE).expect("the ARN of a role"),
        time: TimeRange {
            start: "2024-03-05T00:00:00Z".parse().expect("a time"),
            end: "2024-03-06T00:00:00Z".parse().expect("a time"),
        },
        services: Services::All,
    };
    group.bench_function("scanning for a principal", |bencher| {
        bencher.iter(|| {
            let mut scanner = Scanner::new(wanted.clone(), actions::understand);
            for file in &trail.files {
                let mut open = scanner.file("log");
                file.chunks(CHUNK).for_each(|chunk| open.feed(chunk));
                open.finish().expect("the file is whole");
            }
            let usage = scanner.finish();
            assert_eq!(
                (usage.reading.matched, usage.reading.unparsable),
                (trail.matching, 0)
            );
        });
    });
}
