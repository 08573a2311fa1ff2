//! Measures the time of this thread on a processor, so that other work on the machine does not count.

use std::fs;
use std::time::Instant;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Measures processor time where the kernel reports it (Linux), otherwise the time of the clock on the wall.
pub(crate) struct CpuTime(pub(crate) WallTime);

/// A point in time.
pub(crate) enum Start {
    Cpu(u64),
    Wall(Instant),
}

/// Returns the nanoseconds that this thread has run.
fn run() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

impl Measurement for CpuTime {
    type Intermediate = Start;
    /// The CPU time in nanoseconds.
    type Value = u64;

    fn start(&self) -> Start {
        run().map_or_else(|| Start::Wall(Instant::now()), Start::Cpu)
    }

    fn end(&self, start: Start) -> u64 {
        match start {
            Start::Cpu(start) => run().unwrap_or(start) - start,
            Start::Wall(start) => u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
        }
    }

    fn add(&self, one: &u64, two: &u64) -> u64 {
        one + two
    }

    fn zero(&self) -> u64 {
        0
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to a hundred days")]
    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self.0.formatter()
    }
}
