//! The clock, which everything else gets as an argument.

use jiff::Timestamp;

/// Returns the one place that asks for the time.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock's reading that everything else gets as an argument"
)]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
