//! Measures processor time and memory.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// A warm query runs so often, and the median counts.
const RUNS: usize = 5;

/// Returns the median time of some runs, in milliseconds.
pub(crate) fn median(run: impl Fn()) -> f64 {
    let times = (0..RUNS).map(|_| {
        let start = Start::now();
        run();
        start.milliseconds()
    });
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

/// A beginning, from which processor time counts: a machine that does other work as well makes it no longer.
pub(crate) struct Start {
    on_processor: Option<Duration>,
    at: Instant,
}

impl Start {
    pub(crate) fn now() -> Self {
        Self {
            on_processor: on_processor(),
            at: Instant::now(),
        }
    }

    pub(crate) fn milliseconds(&self) -> f64 {
        let taken = on_processor().zip(self.on_processor);
        let taken = taken.map_or_else(|| self.at.elapsed(), |(now, then)| now.saturating_sub(then));
        taken.as_secs_f64() * 1_000.0
    }
}

/// Returns how long this thread was on a processor; `None` where the system does not say it.
fn on_processor() -> Option<Duration> {
    // The kernel adds up a thread's time when it schedules, and otherwise only at each tick of 4 ms.
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[expect(clippy::cast_precision_loss, reason = "sizes are printed with one digit")]
pub(crate) fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Returns the highest memory of this process so far, in MB; 0 where the system does not say it.
pub(crate) fn peak() -> u64 {
    of_status("VmHWM:")
}

/// Returns the memory of this process now, in MB; 0 where the system does not say it.
pub(crate) fn resident() -> u64 {
    of_status("VmRSS:")
}

fn of_status(member: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(member));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_000
}
